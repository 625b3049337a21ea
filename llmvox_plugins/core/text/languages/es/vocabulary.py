"""Spanish: what things are called, and how it is written."""

from __future__ import annotations

import re

from ..base import Language, Noun, word_set

__all__ = ["SpanishVocabulary"]

_NONE = Noun("", "")


def _noun(one: str, gender: str = "m") -> Noun:
    return Noun(one, one + ("s" if one[-1] in "aeiou" else "es"), gender)


def _per(unit: str, time: str, gender: str = "m") -> Noun:
    return Noun(f"{unit} por {time}", f"{unit}s por {time}", gender)


_CENTAVO = _noun("centavo")
_CENTIMO = _noun("céntimo")
_DOLLAR = (Noun("dólar", "dólares", "m"), _CENTAVO)
_US_DOLLAR = (Noun("dólar estadounidense", "dólares estadounidenses", "m"), _CENTAVO)
_EURO = (_noun("euro"), _CENTIMO)
_POUND = (_noun("libra", "f"), Noun("penique", "peniques", "m"))
_YEN = (Noun("yen", "yenes", "m"), _NONE)
_YUAN = (Noun("yuan", "yuanes", "m"), _NONE)
_RUPEE = (_noun("rupia", "f"), _NONE)
_FRANC = (Noun("franco suizo", "francos suizos", "m"), _CENTIMO)
_BITCOIN = (Noun("bitcóin", "bitcoines", "m"), _NONE)
_HOUR, _MINUTE, SECOND = _noun("hora", "f"), _noun("minuto"), _noun("segundo")


class SpanishVocabulary(Language):
    tag = "es"

    abbreviations = {
        "sr": "señor",
        "sra": "señora",
        "srta": "señorita",
        "sres": "señores",
        "sras": "señoras",
        "dña": "doña",
        "dr": "doctor",
        "dra": "doctora",
        "dres": "doctores",
        "prof": "profesor",
        "profa": "profesora",
        "lic": "licenciado",
        "ing": "ingeniero",
        "arq": "arquitecto",
        "gral": "general",
        "cap": "capitán",
        "sto": "santo",
        "sta": "santa",
        "mons": "monseñor",
        "p.ej": "por ejemplo",
        "ej": "ejemplo",
        "p.e": "por ejemplo",
        "v.gr": "verbigracia",
        "i.e": "es decir",
        "e.g": "por ejemplo",
        "aprox": "aproximadamente",
        "avda": "avenida",
        "av": "avenida",
        "dpto": "departamento",
        "depto": "departamento",
        "incl": "incluido",
        "máx": "máximo",
        "mín": "mínimo",
        "núm": "número",
        "nro": "número",
        "pág": "página",
        "vol": "volumen",
        "págs": "páginas",
        "tel": "teléfono",
        "tfno": "teléfono",
        "telf": "teléfono",
        "ref": "referencia",
        "fig": "figura",
        "vs": "versus",
        "cf": "confróntese",
        "gob": "gobierno",
        "prov": "provincia",
        "pza": "plaza",
        "ctra": "carretera",
        "izq": "izquierda",
        "dcha": "derecha",
        "q.e.p.d": "que en paz descanse",
    }
    endings = {
        "cda": "cucharada",
        "cdas": "cucharadas",
        "cdta": "cucharadita",
        "cdtas": "cucharaditas",
        "etc": "etcétera",
        "ene": "enero",
        "feb": "febrero",
        "abr": "abril",
        "jun": "junio",
        "jul": "julio",
        "ago": "agosto",
        "sept": "septiembre",
        "sep": "septiembre",
        "oct": "octubre",
        "nov": "noviembre",
        "dic": "diciembre",
        "min": "minutos",
        "seg": "segundos",
        "hrs": "horas",
        "lun": "lunes",
        "mié": "miércoles",
        "vie": "viernes",
        "sáb": "sábado",
        "a.m": "A M",
        "p.m": "P M",
        "mill": "millones",
    }
    name_endings = {
        "ud": "usted",
        "uds": "ustedes",
        "vd": "usted",
        "vds": "ustedes",
        "ee.uu": "Estados Unidos",
        "ee": "",
        "uu": "Unidos",
        "jj.oo": "Juegos Olímpicos",
        "rr.hh": "recursos humanos",
        "cc.aa": "comunidades autónomas",
        "ff.aa": "fuerzas armadas",
        "rr": "",
        "jj": "",
        "cc": "",
        "aa": "",
        "oo": "",
        "hh": "",
        "a.c": "antes de Cristo",
        "a.de.c": "antes de Cristo",
        "d.c": "después de Cristo",
        "s.a": "S A",
        "s.l": "S L",
        "cía": "compañía",
        "jr": "júnior",
        "hnos": "hermanos",
    }
    before_number = {
        "p": "página",
        "pp": "páginas",
        "art": "artículo",
        "arts": "artículos",
        "cap": "capítulo",
        "n": "número",
        "t": "tomo",
        "c": "calle",
        "s": "siglo",
        "ap": "apartado",
        "km": "kilómetro",
        "ed": "edición",
    }
    starters = word_set(
        "además ahora al algo alguien algún alguna algunas algunos allí antes apenas aquel aquella aquí así"
        " aun aún aunque ayer bueno cada casi como cómo con cual cuál cualquier cuando cuándo cuanto cuánto"
        " de debido del desde después dice donde dónde durante el él ella ellas ellos en entonces entre era"
        " es esa ese eso esos esta está están estas este esto estos fue ha hace hacia han hasta hay hoy"
        " incluso la las le les lo los luego mañana más me mi mientras mis mucha muchas mucho muchos muy"
        " nada nadie ni ningún ninguna no nos nosotros nuestra nuestro nunca otra otras otro otros para pero"
        " poco por porque pues que qué quien quién quizá quizás se según ser si sí siempre sin sino sobre"
        " solo sólo son su sus también tampoco tan tanto te tenía tiene toda todas todavía todo todos tras"
        " tu tú tus un una unas uno unos usted ya yo"
    )
    joiners = word_set(
        "y e o u pero sino porque aunque mientras cuando que como si pues donde ni según ya entonces"
    )

    group = "."
    decimal = ","
    spaced_groups = True
    cardinals = {
        "": "spellout-numbering",
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
    }
    ordinals = {
        "": "spellout-ordinal-masculine",
        "m": "spellout-ordinal-masculine",
        "f": "spellout-ordinal-feminine",
        "er": "spellout-ordinal-masculine-adjective",  # in front of a noun
        "ms": "spellout-ordinal-masculine-plural",
        "fs": "spellout-ordinal-feminine-plural",
    }
    ordinal_suffixes = {
        **dict.fromkeys(("º", ".º", "ro", "do", "to", "mo", "vo", "no"), "m"),
        **dict.fromkeys(("ª", ".ª", "ra", "da", "ta", "ma", "va", "na"), "f"),
        **dict.fromkeys(("er", ".er", "ᵉʳ", ".ᵉʳ"), "er"),
        **dict.fromkeys(("ros", "dos", "tos"), "ms"),
        **dict.fromkeys(("ras", "das", "tas"), "fs"),
    }
    point = "coma"
    minus = "menos"
    plus = "más"
    range_word = "a"
    percent = "por ciento"
    per = "por"
    times = "por"
    over = "sobre"
    by = "por"
    out_of = "sobre"
    thousand = "mil"
    scales = {
        **dict.fromkeys(("K", "k", "mil"), ("mil", "mil")),
        **dict.fromkeys(("M", "mill", "millón", "millones"), ("millón", "millones")),
        **dict.fromkeys(("B", "bn"), ("mil millones", "mil millones")),
        **dict.fromkeys(("billón", "billones"), ("billón", "billones")),
    }
    scale_gender = "m"
    comparisons = {
        "~": "aproximadamente",
        "≈": "aproximadamente",
        "<": "menos de",
        ">": "más de",
        "≤": "como máximo",
        "<=": "como máximo",
        "≥": "al menos",
        ">=": "al menos",
        "±": "más menos",
    }
    phone = re.compile(r"[6-9]\d{2}(?: \d{3}){2}|[6-9]\d{2}(?: \d{2}){3}|9\d \d{3} \d{2} \d{2}")

    currencies = {
        "$": _DOLLAR,
        "US$": _US_DOLLAR,
        "USD": _US_DOLLAR,
        "A$": (Noun("dólar australiano", "dólares australianos", "m"), _CENTAVO),
        "C$": (Noun("dólar canadiense", "dólares canadienses", "m"), _CENTAVO),
        "€": _EURO,
        "EUR": _EURO,
        "£": _POUND,
        "GBP": _POUND,
        "¥": _YEN,
        "JPY": _YEN,
        "CNY": _YUAN,
        "RMB": _YUAN,
        "₹": _RUPEE,
        "INR": _RUPEE,
        "₩": (Noun("won", "wones", "m"), _NONE),
        "₿": _BITCOIN,
        "BTC": _BITCOIN,
        "CHF": _FRANC,
        "MXN": (Noun("peso mexicano", "pesos mexicanos", "m"), _CENTAVO),
        "ARS": (Noun("peso argentino", "pesos argentinos", "m"), _CENTAVO),
        "¢": (_CENTAVO, _NONE),
    }
    units = {
        "mm": _noun("milímetro"),
        "cm": _noun("centímetro"),
        "dm": _noun("decímetro"),
        "m": _noun("metro"),
        "km": _noun("kilómetro"),
        "µm": _noun("micrómetro"),
        "nm": _noun("nanómetro"),
        "ft": _noun("pie"),
        "cm²": Noun("centímetro cuadrado", "centímetros cuadrados", "m"),
        "m²": Noun("metro cuadrado", "metros cuadrados", "m"),
        "km²": Noun("kilómetro cuadrado", "kilómetros cuadrados", "m"),
        "cm³": Noun("centímetro cúbico", "centímetros cúbicos", "m"),
        "m³": Noun("metro cúbico", "metros cúbicos", "m"),
        "ha": _noun("hectárea", "f"),
        "µg": _noun("microgramo"),
        "mg": _noun("miligramo"),
        "g": _noun("gramo"),
        "kg": _noun("kilogramo"),
        "t": _noun("tonelada", "f"),
        "lb": _noun("libra", "f"),
        "ml": _noun("mililitro"),
        "mL": _noun("mililitro"),
        "cl": _noun("centilitro"),
        "dl": _noun("decilitro"),
        "l": _noun("litro"),
        "L": _noun("litro"),
        "hl": _noun("hectolitro"),
        "ns": _noun("nanosegundo"),
        "ms": _noun("milisegundo"),
        "s": SECOND,
        "seg": SECOND,
        "min": _MINUTE,
        "mins": _MINUTE,
        "h": _HOUR,
        "hs": _HOUR,
        "hrs": _HOUR,
        "km/h": _per("kilómetro", "hora"),
        "m/s": _per("metro", "segundo"),
        "m/s²": Noun("metro por segundo al cuadrado", "metros por segundo al cuadrado", "m"),
        "mph": _per("milla", "hora", "f"),
        "g/km": _per("gramo", "kilómetro"),
        "Hz": Noun("hercio", "hercios", "m"),
        "kHz": Noun("kilohercio", "kilohercios", "m"),
        "MHz": Noun("megahercio", "megahercios", "m"),
        "GHz": Noun("gigahercio", "gigahercios", "m"),
        "B": Noun("byte", "bytes", "m"),
        "KB": Noun("kilobyte", "kilobytes", "m"),
        "kB": Noun("kilobyte", "kilobytes", "m"),
        "MB": Noun("megabyte", "megabytes", "m"),
        "GB": Noun("gigabyte", "gigabytes", "m"),
        "TB": Noun("terabyte", "terabytes", "m"),
        "PB": Noun("petabyte", "petabytes", "m"),
        "MiB": Noun("mebibyte", "mebibytes", "m"),
        "GiB": Noun("gibibyte", "gibibytes", "m"),
        "kbps": _per("kilobit", "segundo"),
        "Mbps": _per("megabit", "segundo"),
        "Gbps": _per("gigabit", "segundo"),
        "Mbit/s": _per("megabit", "segundo"),
        "Gbit/s": _per("gigabit", "segundo"),
        "MB/s": _per("megabyte", "segundo"),
        "GB/s": _per("gigabyte", "segundo"),
        "W": _noun("vatio"),
        "kW": _noun("kilovatio"),
        "MW": _noun("megavatio"),
        "GW": _noun("gigavatio"),
        "Wh": Noun("vatio hora", "vatios hora", "m"),
        "kWh": Noun("kilovatio hora", "kilovatios hora", "m"),
        "MWh": Noun("megavatio hora", "megavatios hora", "m"),
        "V": _noun("voltio"),
        "mV": _noun("milivoltio"),
        "kV": _noun("kilovoltio"),
        "A": _noun("amperio"),
        "mA": _noun("miliamperio"),
        "mAh": Noun("miliamperio hora", "miliamperios hora", "m"),
        "Ω": _noun("ohmio"),
        "J": _noun("julio"),
        "kJ": _noun("kilojulio"),
        "cal": _noun("caloría", "f"),
        "kcal": _noun("kilocaloría", "f"),
        "N": Noun("newton", "newtons", "m"),
        "Pa": Noun("pascal", "pascales", "m"),
        "kPa": Noun("kilopascal", "kilopascales", "m"),
        "hPa": Noun("hectopascal", "hectopascales", "m"),
        "bar": _noun("bar"),
        "CV": Noun("caballo", "caballos", "m"),
        "dB": Noun("decibelio", "decibelios", "m"),
        "px": Noun("píxel", "píxeles", "m"),
        "fps": Noun("fotograma por segundo", "fotogramas por segundo", "m"),
        "rpm": Noun("revolución por minuto", "revoluciones por minuto", "f"),
        "ppm": Noun("parte por millón", "partes por millón", "f"),
        "°": _noun("grado"),
        "°C": Noun("grado Celsius", "grados Celsius", "m"),
        "°F": Noun("grado Fahrenheit", "grados Fahrenheit", "m"),
        "K": Noun("kelvin", "kelvins", "m"),
        "‰": Noun("por mil", "por mil", "m"),
        "M€": Noun("millón de euros", "millones de euros", "m"),
    }
    months = tuple(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
    )
    month_abbreviations = {
        "ene": "enero",
        "feb": "febrero",
        "abr": "abril",
        "jun": "junio",
        "jul": "julio",
        "ago": "agosto",
        "sep": "septiembre",
        "sept": "septiembre",
        "oct": "octubre",
        "nov": "noviembre",
        "dic": "diciembre",
    }
    weekday_abbreviations = {
        "lun": "lunes",
        "mar": "martes",
        "mié": "miércoles",
        "jue": "jueves",
        "vie": "viernes",
        "sáb": "sábado",
        "dom": "domingo",
    }
    year_heads = word_set("en año años desde hasta hacia de del entre y a primavera verano otoño invierno")
    time_signs = ":h"
    has_halves = True
    clock_tails = {"h": "horas", "hs": "horas", "hrs": "horas"}

    symbols = {
        "&": "y",
        "+": "más",
        "-": "menos",
        "=": "igual a",
        "==": "igual a",
        "<": "menor que",
        ">": "mayor que",
        "<=": "menor o igual que",
        ">=": "mayor o igual que",
        "≤": "menor o igual que",
        "≥": "mayor o igual que",
        "!=": "distinto de",
        "≠": "distinto de",
        "≈": "aproximadamente igual a",
        "~": "aproximadamente",
        "×": "por",
        "*": "por",
        "÷": "entre",
        "±": "más menos",
        "@": "arroba",
        "%": "por ciento",
        "‰": "por mil",
        "#": "número",
        "$": "dólares",
        "€": "euros",
        "£": "libras",
        "°": "grados",
        "©": "copyright",
        "®": "marca registrada",
        "™": "marca",
        "§": "sección",
        "√": "raíz cuadrada de",
        "∞": "infinito",
        "∑": "suma",
        "∈": "pertenece a",
        "/": "barra",
        "^": "elevado a",
        "→": "a",
        "->": "a",
        "=>": "a",
        "⇒": "implica",
    }
    slash = "barra"
    dot = "punto"
    at = "arroba"
    spelled_domains = word_set("uk us mx fr de io ai tv")
    dash = "guion"
    underscore = "guion bajo"
    colon = "dos puntos"
    backslash = "barra invertida"
    tilde = "virgulilla"
    hash = "hashtag"
    words = {
        "Sr": "señor",
        "Sra": "señora",
        "Dr": "doctor",
        "Dra": "doctora",
        "c++": "C plus plus",
        "c#": "C sharp",
        "f#": "F sharp",
        "g++": "G plus plus",
        ".net": "punto net",
        "y/o": "y o",
        "c/": "calle",
        "s/n": "sin número",
        "n.º": "número",
        "nº": "número",
        "n°": "número",
        "24/7": "veinticuatro siete",
        "50/50": "cincuenta cincuenta",
        "i/o": "I O",
        "tcp/ip": "T C P I P",
        "ios": "i O S",
        "iOS": "i O S",
        "macOS": "mac O S",
        "ok": "okey",
        "phd": "P H D",
        "4k": "cuatro K",
        "8k": "ocho K",
    }
    version = "versión"
    versioned = word_set(
        "python java node ios android windows ubuntu debian macos php ruby go rust cuda torch pytorch"
        " version versión v release typescript swift kotlin angular react vue django postgres postgresql"
        " mysql redis chrome gpt claude llama gemini qwen http tls bluetooth usb"
    )
    acronyms_read = word_set(
        "NASA OTAN ONU UNESCO UNICEF OPEP SIDA COVID RAM ROM GIF JPEG JSON PIN SIM LAN ASCII IKEA FIFA UEFA"
        " IVA OVNI AVE RENFE UCI PSOE IBEX IBAN UNED UNAM PEMEX INEM ONCE OEA MERCOSUR CEO LED SAT PYME REST"
        " YAML BIOS TIC ESO RAE CSIC"
    )
    short_words = word_set(
        "A AL CON DE DEL DOS EL EN ERA ES ESA ESE ESO FIN FUE HA HAN HAY HE HOY IR LA LAS LE LES LO LOS ME"
        " MI MIS MUY NI NO NOS O OS POR QUE QUÉ SE SER SI SIN SON SOY SU SUS TAN TE TU TUS UN UNA UNO USO VA"
        " VAN VER VEZ VOY Y YA YO MÁS SÍ ÉL TÚ"
    )
    acronyms_spelled = word_set(
        "IA AI API APIS UE URL URI IP ID IDE UI UX OS ADN ARN ONG OMS OMC FMI PIB UGT INE UV ISO IEEE ISBN"
        " IOS MIT CIA FBI USB EUR USD AMD IBM OCR AWS ETF BCE DNI TVE RTVE OTC AP EPA EE UU ITV IRPF UHF ATM"
        " UK IMC"
    )
    _QUEENS = word_set("isabel juana catalina cristina maría margarita ana victoria urraca beatriz cleopatra")
    regnal_names = _QUEENS | word_set(
        "felipe carlos fernando alfonso luis enrique sancho pedro juan jaime pablo pío benedicto león"
        " gregorio inocencio clemente urbano napoleón jorge eduardo ricardo guillermo jacobo alejandro"
        " nicolás federico otón ramsés francisco josé ramiro ordoño bermudo martín leopoldo alberto gustavo"
        " víctor manuel maximiliano rodolfo sixto julio constantino teodosio iván darío jerjes rainiero"
        " hasán mohamed adriano bonifacio celestino"
    )
    roman_heads = word_set(
        "siglo siglos vol cap art capítulo tomo acto escena parte libro sección artículo anexo fase tipo"
        " nivel clase figura tabla volumen apolo apollo rocky vaticano categoría grupo serie título mundial"
    )
    roman_letters = "IVX"
    code_block = "Bloque de código."
    math = {
        "|": "el valor absoluto de",
        "·": "por",
        "/": "sobre",
        "→": "tiende a",
        "⇔": "si y solo si",
        "∉": "no pertenece a",
        "⊂": "subconjunto de",
        "∪": "unión",
        "∩": "intersección",
        "∀": "para todo",
        "∃": "existe",
        "¬": "no",
        "∑": "la suma de",
        "∏": "el producto de",
        "∫": "la integral de",
        "∂": "derivada parcial",
        "∇": "nabla",
        "√": "la raíz cuadrada de",
        "∛": "la raíz cúbica de",
        "root": "la raíz de {} orden de",
        "!": "factorial",
        "'": "prima",
        "²": "al cuadrado",
        "³": "al cubo",
        "^": "elevado a",
        "_": "sub",
        "of": "de",
        "from": "desde",
        "to": "hasta",
        "sin": "seno",
        "cos": "coseno",
        "tan": "tangente",
        "log": "logaritmo",
        "ln": "logaritmo natural",
        "lim": "el límite",
        "as": "cuando",
        "mod": "módulo",
    }

    _DENOMINATORS = {2: ("medio", "medios"), 3: ("tercio", "tercios"), 9: ("noveno", "novenos")}
    _FEMININE = re.compile(
        r".+(?:ción|sión|xión|dad|tad|tud|triz|eza|ez)|.+a|.+(?:ciones|siones|xiones|dades|tades|tudes|trices)|.+as"
        r"|(?:noche|vez|mujer|clase|parte|mano|sal|flor|calle|nave|fuente|frase|tarde|muerte|torre|llave|serie|nube"
        r"|suerte|clave|base|piel|luz|voz|red|ley|foto|moto|radio)(?:e?s)?|veces|voces|luces|leyes"
    )
    _MASCULINE = re.compile(
        r".+o|.+os|(?:mes|país|millón|hotel|año|coche|hombre|nivel|lugar|color|jugador|profesor|doctor|autor|árbol|gol"
        r"|avión|camión|punto|nombre|bit|byte|cliente|estudiante|habitante|paciente|viaje|dólar|tren|bar|pan|plan"
        r"|pie|pez|jefe|rey|café|bebé|error|valor|factor|motor|animal|hospital|canal|local|papel|ordenador|diente"
        r"|puente|restaurante|paquete|billete|bloque|ataque|parque|cheque|test|gen|joven|examen|origen|volumen|orden"
        r"|euro|kilómetro|metro|gramo|día|problema|tema|sistema|programa|idioma|mapa|planeta|poema|tema|teorema|clima"
        r"|drama|síntoma|diagrama|esquema|cometa|atleta|futbolista|turista|artista|periodista)(?:e?s)?|goles|peces"
    )
    _NO_NOUNS = word_set(
        "a para hasta contra cada ahora nada era esta la una como cuando no lo todo mucho poco menos ellos"
        " ellas los las unos unas nosotros vosotros todos todas otros otras cuanto pero sino tanto dentro"
        " luego pronto solo sólo fuera encima cerca ya más mas bajo sea tras además antes estas estos esos"
        " esas eso ello hubo hay da hizo dijo sobre entre mientras aunque mil ha ni cero ocho cuatro cinco"
        " dos primera primero mañana"
    )
