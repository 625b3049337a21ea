"""French: what things are called, and how it is written."""

from __future__ import annotations

import re

from ..base import Language, Noun, word_set

__all__ = ["FrenchVocabulary"]

_NONE = Noun("", "")


def _noun(one: str, gender: str = "m") -> Noun:
    return Noun(one, one + "s", gender)


def _per(unit: str, time: str, gender: str = "m") -> Noun:
    return Noun(f"{unit} par {time}", f"{unit}s par {time}", gender)


_CENTIME = _noun("centime")
_CENT = _noun("cent")
_DOLLAR = (_noun("dollar"), _CENT)
_EURO = (_noun("euro"), _CENTIME)
_POUND = (_noun("livre", "f"), Noun("penny", "pence", "m"))
_YEN = (_noun("yen"), _NONE)
_YUAN = (_noun("yuan"), _NONE)
_RUPEE = (_noun("roupie", "f"), _NONE)
_FRANC = (Noun("franc suisse", "francs suisses", "m"), _CENTIME)
_BITCOIN = (_noun("bitcoin"), _NONE)
HOUR, _MINUTE, SECOND = _noun("heure", "f"), _noun("minute", "f"), _noun("seconde", "f")


class FrenchVocabulary(Language):
    tag = "fr"
    spaced_quotes = True

    abbreviations = {
        "m": "Monsieur",
        "mm": "Messieurs",
        "mme": "Madame",
        "mmes": "Mesdames",
        "mlle": "Mademoiselle",
        "mlles": "Mesdemoiselles",
        "dr": "Docteur",
        "pr": "Professeur",
        "me": "Maître",
        "mgr": "Monseigneur",
        "st": "Saint",
        "ste": "Sainte",
        "p.ex": "par exemple",
        "c.-à-d": "c'est-à-dire",
        "c.à.d": "c'est-à-dire",
        "càd": "c'est-à-dire",
        "cf": "confer",
        "env": "environ",
        "av": "avenue",
        "apr": "après",
        "bd": "boulevard",
        "boul": "boulevard",
        "tél": "téléphone",
        "vs": "versus",
        "éd": "édition",
        "fig": "figure",
        "chap": "chapitre",
        "hab": "habitants",
        "max": "maximum",
        "réf": "référence",
        "dép": "département",
        "adj": "adjectif",
        "ind": "",
        "a.k.a": "alias",
        "n.b": "nota bene",
    }
    endings = {
        "arr": "arrondissement",
        "etc": "et cetera",
        "min": "minutes",
        "janv": "janvier",
        "févr": "février",
        "fév": "février",
        "avr": "avril",
        "juil": "juillet",
        "sept": "septembre",
        "oct": "octobre",
        "nov": "novembre",
        "déc": "décembre",
        "lun": "lundi",
        "ven": "vendredi",
        "sam": "samedi",
        "dim": "dimanche",
    }
    name_endings = {
        "av.j.-c": "avant Jésus-Christ",
        "apr.j.-c": "après Jésus-Christ",
        "ap.j.-c": "après Jésus-Christ",
        "j.-c": "Jésus-Christ",
        "s.a": "S A",
        "jr": "junior",
        "cie": "compagnie",
    }
    before_number = {
        "p": "page",
        "pp": "pages",
        "art": "article",
        "n": "numéro",
        "al": "alinéa",
        "t": "tome",
        "ch": "chapitre",
    }
    starters = word_set(
        "à ainsi alors après au aucun aucune aujourd'hui aussi autrefois aux avant avec bien bref ce ceci"
        " cela celle celui cependant certains certaines ces cet cette ceux chacun chaque comme comment dans"
        " de dès depuis des donc du elle elles en encore enfin ensuite entre est et finalement grâce hier"
        " ici il ils j'ai je jusqu'à la le les leur leurs lors lorsque lui ma mais malgré même mes moi mon"
        " ne ni non nos notre nous on or ou où oui par parfois pendant personne peu peut-être plus plusieurs"
        " pour pourquoi pourtant près puis puisque quand que quel quelle quelques qui quoi quoique rien sa"
        " sans sauf selon ses seul seule si sinon son sous souvent sur surtout ta tandis tant te tes toi ton"
        " toujours tous tout toute toutefois toutes très trop tu un une vers voici voilà vos votre vous y"
        " c'est c'était s'il s'ils l'un d'abord d'autres d'ailleurs n'est qu'est puisqu'il lorsqu'il j'étais"
    )
    joiners = word_set(
        "et mais ou or donc car ni puis parce lorsque quand si tandis alors comme puisque afin bien dont"
    )

    group = "."  # besides spaces; never a comma
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
        "ms": "spellout-ordinal-masculine-plural",
        "fs": "spellout-ordinal-feminine-plural",
    }
    ordinal_suffixes = {
        **dict.fromkeys(("er", "ᵉʳ", "e", "ᵉ", "è", "ème", "eme", "ième"), "m"),
        **dict.fromkeys(("re", "ʳᵉ", "ère", "ere"), "f"),
        **dict.fromkeys(("ers", "es", "èmes", "ièmes"), "ms"),
        **dict.fromkeys(("res", "ères"), "fs"),
        **dict.fromkeys(("nd", "ⁿᵈ"), "second"),
        **dict.fromkeys(("nde", "de", "ⁿᵈᵉ"), "seconde"),
    }
    point = "virgule"
    minus = "moins"
    plus = "plus"
    range_word = "à"
    percent = "pour cent"
    per = "par"
    times = "fois"
    over = "sur"
    by = "sur"
    out_of = "sur"
    best_scores = frozenset((10, 20, 100))
    thousand = "mille"
    scales = {
        **dict.fromkeys(("K", "k", "mille"), ("mille", "mille")),
        **dict.fromkeys(("M", "million", "millions"), ("million", "millions")),
        **dict.fromkeys(("Md", "Mds", "Mrd", "milliard", "milliards", "bn"), ("milliard", "milliards")),
        **dict.fromkeys(("billion", "billions"), ("billion", "billions")),
    }
    scale_gender = "m"
    comparisons = {
        "~": "environ",
        "≈": "environ",
        "<": "moins de",
        ">": "plus de",
        "≤": "au plus",
        "<=": "au plus",
        "≥": "au moins",
        ">=": "au moins",
        "±": "plus ou moins",
    }
    phone = re.compile(r"(?:0\d|\+33 ?(?:\(0\) ?)?\d)(?:[ .-]?\d{2}){4}|0 ?8\d{2}(?: \d{3}){2}")

    currencies = {
        "$": _DOLLAR,
        "US$": (Noun("dollar américain", "dollars américains", "m"), _CENT),
        "USD": (Noun("dollar américain", "dollars américains", "m"), _CENT),
        "A$": (Noun("dollar australien", "dollars australiens", "m"), _CENT),
        "C$": (Noun("dollar canadien", "dollars canadiens", "m"), _CENT),
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
        "₩": (_noun("won"), _NONE),
        "₿": _BITCOIN,
        "BTC": _BITCOIN,
        "CHF": _FRANC,
        "¢": (_CENT, _NONE),
    }
    units = {
        "mm": _noun("millimètre"),
        "cm": _noun("centimètre"),
        "dm": _noun("décimètre"),
        "m": _noun("mètre"),
        "km": _noun("kilomètre"),
        "µm": _noun("micromètre"),
        "nm": _noun("nanomètre"),
        "ft": _noun("pied"),
        "cm²": Noun("centimètre carré", "centimètres carrés", "m"),
        "m²": Noun("mètre carré", "mètres carrés", "m"),
        "km²": Noun("kilomètre carré", "kilomètres carrés", "m"),
        "cm³": Noun("centimètre cube", "centimètres cubes", "m"),
        "m³": Noun("mètre cube", "mètres cubes", "m"),
        "ha": _noun("hectare"),
        "µg": _noun("microgramme"),
        "mg": _noun("milligramme"),
        "g": _noun("gramme"),
        "kg": _noun("kilogramme"),
        "t": _noun("tonne", "f"),
        "lb": _noun("livre", "f"),
        "ml": _noun("millilitre"),
        "mL": _noun("millilitre"),
        "cl": _noun("centilitre"),
        "dl": _noun("décilitre"),
        "l": _noun("litre"),
        "L": _noun("litre"),
        "hl": _noun("hectolitre"),
        "ns": _noun("nanoseconde", "f"),
        "ms": _noun("milliseconde", "f"),
        "s": SECOND,
        "sec": SECOND,
        "min": _MINUTE,
        "mn": _MINUTE,
        "h": HOUR,
        "j": _noun("jour"),
        "km/h": Noun("kilomètre heure", "kilomètres heure", "m"),
        "m/s": _per("mètre", "seconde"),
        "m/s²": Noun("mètre par seconde carrée", "mètres par seconde carrée", "m"),
        "mph": Noun("mile par heure", "miles par heure", "m"),
        "g/km": _per("gramme", "kilomètre"),
        "Hz": Noun("hertz", "hertz", "m"),
        "kHz": Noun("kilohertz", "kilohertz", "m"),
        "MHz": Noun("mégahertz", "mégahertz", "m"),
        "GHz": Noun("gigahertz", "gigahertz", "m"),
        "o": _noun("octet"),
        "Ko": _noun("kilooctet"),
        "ko": _noun("kilooctet"),
        "Mo": _noun("mégaoctet"),
        "Go": _noun("gigaoctet"),
        "To": _noun("téraoctet"),
        "Po": _noun("pétaoctet"),
        "KB": _noun("kilooctet"),
        "kB": _noun("kilooctet"),
        "MB": _noun("mégaoctet"),
        "GB": _noun("gigaoctet"),
        "TB": _noun("téraoctet"),
        "Mo/s": _per("mégaoctet", "seconde"),
        "Go/s": _per("gigaoctet", "seconde"),
        "kbps": _per("kilobit", "seconde"),
        "Mbps": _per("mégabit", "seconde"),
        "Gbps": _per("gigabit", "seconde"),
        "kbit/s": _per("kilobit", "seconde"),
        "Mbit/s": _per("mégabit", "seconde"),
        "Gbit/s": _per("gigabit", "seconde"),
        "MB/s": _per("mégaoctet", "seconde"),
        "GB/s": _per("gigaoctet", "seconde"),
        "W": _noun("watt"),
        "kW": _noun("kilowatt"),
        "MW": _noun("mégawatt"),
        "GW": _noun("gigawatt"),
        "Wh": Noun("wattheure", "wattheures", "m"),
        "kWh": Noun("kilowattheure", "kilowattheures", "m"),
        "MWh": Noun("mégawattheure", "mégawattheures", "m"),
        "V": _noun("volt"),
        "mV": _noun("millivolt"),
        "kV": _noun("kilovolt"),
        "A": _noun("ampère"),
        "mA": _noun("milliampère"),
        "mAh": _noun("milliampère-heure"),
        "Ω": _noun("ohm"),
        "J": _noun("joule"),
        "kJ": _noun("kilojoule"),
        "cal": _noun("calorie", "f"),
        "kcal": _noun("kilocalorie", "f"),
        "N": _noun("newton"),
        "Pa": _noun("pascal"),
        "kPa": _noun("kilopascal"),
        "hPa": _noun("hectopascal"),
        "bar": _noun("bar"),
        "ch": Noun("cheval", "chevaux", "m"),
        "dB": _noun("décibel"),
        "px": _noun("pixel"),
        "fps": _per("image", "seconde", "f"),
        "rpm": _per("tour", "minute"),
        "tr/min": _per("tour", "minute"),
        "ppm": _per("partie", "million", "f"),
        "°": _noun("degré"),
        "°C": Noun("degré Celsius", "degrés Celsius", "m"),
        "°F": Noun("degré Fahrenheit", "degrés Fahrenheit", "m"),
        "K": _noun("kelvin"),
        "‰": Noun("pour mille", "pour mille", "m"),
        "k€": Noun("mille euros", "mille euros", "m"),
        "M€": Noun("million d'euros", "millions d'euros", "m"),
        "Md€": Noun("milliard d'euros", "milliards d'euros", "m"),
    }
    weekday_abbreviations = {
        "lun": "lundi",
        "mar": "mardi",
        "mer": "mercredi",
        "jeu": "jeudi",
        "ven": "vendredi",
        "sam": "samedi",
        "dim": "dimanche",
    }
    months = tuple(
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
    )
    month_abbreviations = {
        "janv": "janvier",
        "févr": "février",
        "fév": "février",
        "avr": "avril",
        "juil": "juillet",
        "sept": "septembre",
        "oct": "octobre",
        "nov": "novembre",
        "déc": "décembre",
    }
    year_heads = word_set(
        "en an l'an année l'année depuis vers avant après dès jusqu'en printemps été hiver automne de à fin"
        " début courant"
    )
    time_signs = ":h"
    clock_words = frozenset(("h", "heure", "heures"))

    symbols = {
        "&": "et",
        "+": "plus",
        "-": "moins",
        "=": "égale",
        "==": "égale",
        "<": "inférieur à",
        ">": "supérieur à",
        "<=": "inférieur ou égal à",
        ">=": "supérieur ou égal à",
        "≤": "inférieur ou égal à",
        "≥": "supérieur ou égal à",
        "!=": "différent de",
        "≠": "différent de",
        "≈": "environ égal à",
        "~": "environ",
        "×": "fois",
        "*": "fois",
        "÷": "divisé par",
        "±": "plus ou moins",
        "@": "arobase",
        "%": "pour cent",
        "‰": "pour mille",
        "#": "numéro",
        "$": "dollars",
        "€": "euros",
        "£": "livres",
        "°": "degrés",
        "©": "copyright",
        "®": "marque déposée",
        "™": "marque",
        "§": "paragraphe",
        "√": "racine carrée de",
        "∞": "infini",
        "∑": "somme",
        "∈": "appartient à",
        "/": "barre oblique",
        "^": "puissance",
        "→": "vers",
        "->": "vers",
        "=>": "donne",
        "⇒": "implique",
    }
    slash = "slash"
    dot = "point"
    at = "arobase"
    spelled_domains = word_set("fr be ch ca eu uk us de it io ai tv")
    dash = "tiret"
    underscore = "tiret bas"
    colon = "deux-points"
    backslash = "antislash"
    tilde = "tilde"
    hash = "hashtag"
    words = {
        "c++": "C plus plus",
        "c#": "C sharp",
        "f#": "F sharp",
        "g++": "G plus plus",
        ".net": "dot net",
        "et/ou": "et ou",
        "24/7": "vingt-quatre sept",
        "7j/7": "sept jours sur sept",
        "24h/24": "vingt-quatre heures sur vingt-quatre",
        "50/50": "cinquante cinquante",
        "i/o": "I O",
        "tcp/ip": "T C P I P",
        "c/c": "copie conforme",
        "n°": "numéro",
        "nº": "numéro",
        "n°s": "numéros",
        "s/": "sur",
        "ios": "i O S",
        "iOS": "i O S",
        "macOS": "mac O S",
        "Dr": "Docteur",
        "Pr": "Professeur",
        "Mme": "Madame",
        "Mmes": "Mesdames",
        "Mlle": "Mademoiselle",
        "Mlles": "Mesdemoiselles",
        "MM": "Messieurs",
        "Mgr": "Monseigneur",
        "St": "Saint",
        "Ste": "Sainte",
        "ok": "okay",
        "phd": "P H D",
        "4k": "quatre K",
        "8k": "huit K",
    }
    version = "version"
    versioned = word_set(
        "python java node ios android windows ubuntu debian macos php ruby go rust cuda torch pytorch"
        " version v release typescript swift kotlin angular react vue django postgres postgresql mysql redis"
        " chrome gpt claude llama gemini qwen http tls bluetooth usb"
    )
    acronyms_read = word_set(
        "NASA OTAN ONU UNESCO UNICEF OPEP SIDA COVID RAM ROM LASER RADAR GIF JPEG JSON PIN SIM LAN ASCII"
        " IKEA FIFA UEFA INSEE SMIC OVNI ENA CAF FNAC SACEM PACS ZAC ZEP ALENA CEDEAO DOM TOM REST SOAP YAML"
        " BIOS CAC IFOP FIAC INSERM INRIA URSSAF ASSEDIC EHPAD SAMU IBAN"
    )
    short_words = word_set(
        "AH AI AU AUX CAR CE CES DE DES DU ELLE EN EST ET EU EUX FIN IL ILS JE LA LE LES LUI MA MAL ME MES"
        " MOI MON NE NI NON NOS NOUS OH ON ONT OR OU OÙ OUI PAR PAS PEU QUE QUI SA SE SES SI SOI SON SUR TA"
        " TE TES TOI TON TU UN UNE VA VOS VU ÊTRE À ÇA ÉTÉ BON"
    )
    acronyms_spelled = word_set(
        "IA API APIS USA US UK UE UV UI UX OS URL URI IP ID IDE IQ QI CEO ADN ARN RATP EDF URSS TVA PIB OMS"
        " ONG OMC RER AFP RSA HEC INA ADSL OGM IVG IRM PMA GPA SARL SA EURL RTT CDI AOC AOP ISO IEEE ISBN"
        " IOS MIT CIA FBI CHU CAP BEP IUT UFR UMP LREM EELV UHF USB EUR USD AMD IBM ETF BCE FMI CEE TER ULM"
        " LED OLED OCR AWS AG EPR CEA OM IFI ISF IR TGI PEA PEL LOA"
    )
    regnal_names = word_set(
        "louis henri charles françois napoléon philippe jean paul jean-paul pie benoît léon grégoire"
        " innocent clément urbain édouard georges richard guillaume jacques élisabeth elisabeth catherine"
        " marie alexandre nicolas pierre frédéric othon ramsès juan felipe alphonse ferdinand isabelle"
        " albert léopold baudouin rainier gustave christian victor-emmanuel constantin théodose ivan"
        " maximilien rodolphe sixte jules xavier robert hugues lothaire mehmet soliman darius xerxès amédée"
        " humbert hassan mohammed"
    )
    roman_heads = word_set(
        "chapitre tome acte scène partie livre section article annexe phase type niveau classe figure"
        " tableau volume chap vol apollo rocky vatican catégorie groupe série titre guerre mondiale paris"
        " lyon"
    )
    roman_letters = "IVX"
    roman_ordinal = re.compile(
        r"(I(?=er$|re$|ère$|ᵉʳ$|ʳᵉ$)|[VX](?=e$|ème$|ᵉ$)|[IVXL]{2,})(er|re|ère|ᵉʳ|ʳᵉ|e|ème|ᵉ|es|èmes)"
    )
    code_block = "Bloc de code."
    math = {
        "|": "la valeur absolue de",
        "·": "fois",
        "/": "sur",
        "→": "tend vers",
        "⇔": "équivaut à",
        "∉": "n'appartient pas à",
        "⊂": "inclus dans",
        "∪": "union",
        "∩": "inter",
        "∀": "pour tout",
        "∃": "il existe",
        "¬": "non",
        "∞": "l'infini",
        "∑": "la somme de",
        "∏": "le produit de",
        "∫": "l'intégrale de",
        "∂": "d rond",
        "∇": "nabla",
        "∛": "racine cubique de",
        "root": "racine {} de",
        "!": "factorielle",
        "'": "prime",
        "²": "au carré",
        "³": "au cube",
        "^": "puissance",
        "_": "indice",
        "of": "de",
        "from": "de",
        "to": "à",
        "sin": "sinus",
        "cos": "cosinus",
        "tan": "tangente",
        "log": "logarithme",
        "ln": "logarithme népérien",
        "lim": "la limite",
        "as": "quand",
        "mod": "modulo",
    }

    _DENOMINATORS = {2: ("demi", "demis"), 3: ("tiers", "tiers"), 4: ("quart", "quarts")}
    _FEMININE = re.compile(
        r"fois|voix|souris|noix|croix|.*(?:[ts]ion|xion|aison|ité|tté|été|tié|ée|elle|esse|ette|ance|ence|ure|ade|ude"
        r"|ie|euse|trice|ille|aine|aille|ise|ère|erre|ouche)s?|(?:personne|femme|heure|minute|seconde|page|place"
        r"|chambre|ville|chose|note|équipe|victime|langue|classe|table|entreprise|image|étape|ligne|tonne|part|main"
        r"|nuit|mort|voiture|pièce|école|île|plante|porte|route|rue|tâche|tête|tasse|boîte|branche|balle|carte"
        r"|cause|clé|culture|date|demande|forme|lettre|liste|méthode|mère|œuvre|phrase|photo|question|réponse|robe"
        r"|règle|salle|somme|technique|variable|vidéo|bouteille|feuille|marche|touche)s?"
    )
    _MASCULINE = word_set(
        "musée lycée trophée comité été côté traité pupitre silence domaine million père frère mystère"
        " caractère critère cimetière incendie génie parapluie stade grade"
    )

    _NO_NOUNS = word_set(
        "a à au aussi aux avec car ce ces ceci cela chez comme contre dans de depuis des donc du elle elles"
        " en entre est et ici il ils je jusque la le les leur lors mais même moins ne ni nous on ont or ou"
        " où par pas pendant peut plus pour près puis que qui quand sa sans se sera seulement selon ses si"
        " sont sous sur tous tout toute très un une vers vous y était"
    )
