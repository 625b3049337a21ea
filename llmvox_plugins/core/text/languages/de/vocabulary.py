"""German: what things are called, and how it is written."""

from __future__ import annotations

import re

from ..base import Language, Noun, word_set

__all__ = ["GermanVocabulary"]

_NONE = Noun("", "")
_CENT = Noun("Cent", "Cent", "m")
_EURO = (Noun("Euro", "Euro", "m"), _CENT)
_POUND = (Noun("Pfund", "Pfund", "n"), Noun("Penny", "Pence", "m"))
_YEN = (Noun("Yen", "Yen", "m"), _NONE)
_YUAN = (Noun("Yuan", "Yuan", "m"), _NONE)
_RUPEE = (Noun("Rupie", "Rupien", "f"), Noun("Paisa", "Paise", "m"))
_FRANC = (Noun("Franken", "Franken", "m"), Noun("Rappen", "Rappen", "m"))
_BITCOIN = (Noun("Bitcoin", "Bitcoin", "m"), _NONE)


def _dollar(kind: str = "") -> tuple[Noun, Noun]:
    name = f"{kind}Dollar"
    return Noun(name, name, "m"), _CENT


def _same(name: str, gender: str = "m") -> Noun:
    """What has no plural of its own."""
    return Noun(name, name, gender)


def _feminine(one: str) -> Noun:
    return Noun(one, one + ("n" if one.endswith("e") else "en"), "f")


_HOUR, _MINUTE, SECOND = _feminine("Stunde"), _feminine("Minute"), _feminine("Sekunde")
_ROMANS = "ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xvii xviii xix xx xxi xxii xxiii xxiv xxv".split()
QUEENS = word_set(
    "elisabeth katharina maria margarete margarethe christina christine isabella anna victoria viktoria"
    " johanna beatrix juliana kleopatra"
)
KINGS = word_set(
    "ludwig heinrich karl georg eduard richard wilhelm jakob johann johannes paul pius benedikt napoleon"
    " philipp alexander nikolaus peter friedrich otto ramses franz leo gregor innozenz clemens urban felipe"
    " alfons ferdinand konrad rudolf maximilian leopold joseph josef albert viktor gustav christian harald"
    " sigismund lothar august ernst konstantin theodosius iwan ivan sixtus julius mehmed suleiman darius"
    " xerxes albrecht charles louis henry juan haakon olaf erich bonifatius coelestin zölestin silvester"
    " ptolemaios"
)


class GermanVocabulary(Language):
    tag = "de"

    abbreviations = {
        "dr": "Doktor",
        "prof": "Professor",
        "hr": "Herr",
        "hrn": "Herrn",
        "fr": "Frau",
        "frl": "Fräulein",
        "dipl": "Diplom",
        "ing": "Ingenieur",
        "st": "Sankt",
        "z.b": "zum Beispiel",
        "zb": "zum Beispiel",
        "d.h": "das heißt",
        "dh": "das heißt",
        "i.d.r": "in der Regel",
        "i.e": "id est",
        "i.a": "im Allgemeinen",
        "i.s.v": "im Sinne von",
        "i.v.m": "in Verbindung mit",
        "m.e": "meines Erachtens",
        "m.w": "meines Wissens",
        "o.g": "oben genannt",
        "s.a": "siehe auch",
        "sog": "sogenannt",
        "u.a": "unter anderem",
        "u.u": "unter Umständen",
        "v.a": "vor allem",
        "z.t": "zum Teil",
        "abb": "Abbildung",
        "abs": "Absatz",
        "aufl": "Auflage",
        "bd": "Band",
        "kap": "Kapitel",
        "jg": "Jahrgang",
        "ziff": "Ziffer",
        "med": "med",
        "phil": "phil",
        "rer": "rer",
        "nat": "nat",
        "jur": "jur",
        "bspw": "beispielsweise",
        "bzgl": "bezüglich",
        "bzw": "beziehungsweise",
        "ca": "circa",
        "einschl": "einschließlich",
        "evtl": "eventuell",
        "exkl": "exklusive",
        "geb": "geboren",
        "gem": "gemäß",
        "ggf": "gegebenenfalls",
        "ggfs": "gegebenenfalls",
        "hrsg": "herausgegeben",
        "inkl": "inklusive",
        "insb": "insbesondere",
        "insbes": "insbesondere",
        "lt": "laut",
        "max": "maximal",
        "mind": "mindestens",
        "nr": "Nummer",
        "nrn": "Nummern",
        "tel": "Telefon",
        "vgl": "vergleiche",
        "vs": "versus",
        "zzgl": "zuzüglich",
        "abzgl": "abzüglich",
        "zw": "zwischen",
    }
    name_endings = {
        # Nouns are capitalised, so that a capital says nothing.
        "usw": "und so weiter",
        "usf": "und so fort",
        "etc": "et cetera",
        "u.v.m": "und vieles mehr",
        "uvm": "und vieles mehr",
        "u.ä": "und Ähnliches",
        "o.ä": "oder Ähnliches",
        "a.d": "außer Dienst",
        "e.v": "eingetragener Verein",
        "s.o": "siehe oben",
        "s.u": "siehe unten",
        "z.zt": "zurzeit",
        "z.hd": "zu Händen",
        "v.chr": "vor Christus",
        "n.chr": "nach Christus",
        "v.u.z": "vor unserer Zeit",
        "chr": "Christus",
        "jh": "Jahrhundert",
        "jhd": "Jahrhundert",
        "jhdt": "Jahrhundert",
        "jr": "Junior",
        "jun": "Junior",
        "sen": "Senior",
        "co": "Co",
        "str": "Straße",
        "pl": "Platz",
        "hbf": "Hauptbahnhof",
        "bhf": "Bahnhof",
        "mio": "Millionen",
        "mrd": "Milliarden",
        "tsd": "Tausend",
        "std": "Stunden",
        "min": "Minuten",
        "sek": "Sekunden",
        "stk": "Stück",
        "ff": "fortfolgende",
        "jan": "Januar",
        "feb": "Februar",
        "mär": "März",
        "apr": "April",
        "aug": "August",
        "sep": "September",
        "sept": "September",
        "okt": "Oktober",
        "nov": "November",
        "dez": "Dezember",
        "mo": "Montag",
        "di": "Dienstag",
        "mi": "Mittwoch",
        "do": "Donnerstag",
        "sa": "Samstag",
        **dict.fromkeys(_ROMANS, ""),  # "Ludwig XIV. war …"
    }
    before_number = {"s": "Seite", "art": "Artikel", "h": "Heft"}
    shortened_ends = {"str": "straße"}
    starters = word_set(
        "aber alle allerdings als also am an andererseits auch auf aus außerdem bei beide bis bitte da"
        " dabei dadurch dafür dagegen daher damals damit danach daneben dann daran darauf daraus darin"
        " darüber darum das dass davon davor dazu dein deine dem den denn dennoch der deshalb dessen"
        " deswegen die dies diese diesem diesen dieser dieses doch dort du durch ebenso ein eine einem einen"
        " einer einerseits einige er erst es falls früher für gegen gestern hat haben heute hier hierbei ich"
        " ihm ihn ihnen ihr ihre ihren im immer in insgesamt inzwischen ist ja jede jeder jedes jedoch jetzt"
        " kein keine können leider man manche mehr mein meine meist mit morgen nach nachdem natürlich nein"
        " nicht nichts noch nun nur ob obwohl oder oft ohne seine seit seitdem sein sich sie sind so sobald"
        " sogar somit sondern später stattdessen trotz trotzdem über überall um und uns unser unsere unter"
        " viele vielleicht vom von vor während wann war waren warum was weil weitere welche welcher wenn wer"
        " werden wie wieder wir wird wo zu zudem zuerst zum zunächst zur zwar zwischen"
    )
    joiners = word_set(
        "und aber oder denn sondern sowie weil dass obwohl während wenn als damit wobei nachdem falls wie"
    )
    ordinal_stop = True
    date_heads = word_set("am vom bis zum den dem ab seit und der")

    group = "."
    decimal = ","
    cardinals = {
        "": "spellout-numbering",
        "m": "spellout-cardinal-masculine",
        "n": "spellout-cardinal-neuter",
        "f": "spellout-cardinal-feminine",
    }
    ordinals = {  # by their endings
        "": "spellout-ordinal",
        "n": "spellout-ordinal-n",
        "r": "spellout-ordinal-r",
        "s": "spellout-ordinal-s",
        "m": "spellout-ordinal-m",
    }
    ordinal_suffixes = {
        "te": "",
        "ste": "",
        "ten": "n",
        "sten": "n",
        "ter": "r",
        "ster": "r",
        "tes": "s",
        "stes": "s",
        "tem": "m",
        "stem": "m",
        "er": "er",
        "ern": "ern",
    }
    year_rules = "spellout-numbering-year"
    point = "Komma"
    minus = "minus"
    plus = "plus"
    range_word = "bis"
    percent = "Prozent"
    per = "pro"
    times = "mal"
    over = "durch"
    by = "mal"
    out_of = "von"
    thousand = "tausend"
    scales = {
        **dict.fromkeys(("K", "k", "T", "Tsd", "tausend", "Tausend"), ("tausend", "tausend")),
        **dict.fromkeys(("M", "Mio", "Million", "Millionen"), ("Million", "Millionen")),
        **dict.fromkeys(("Mrd", "Milliarde", "Milliarden", "bn"), ("Milliarde", "Milliarden")),
        **dict.fromkeys(("Bio", "Billion", "Billionen"), ("Billion", "Billionen")),
    }
    scale_gender = "f"
    spaced_groups = True
    digit_heads = word_set("notruf rufnummer wähle wählen")
    comparisons = {
        "~": "etwa",
        "≈": "etwa",
        "<": "weniger als",
        ">": "mehr als",
        "≤": "höchstens",
        "<=": "höchstens",
        "≥": "mindestens",
        ">=": "mindestens",
        "±": "plus minus",
    }
    phone = re.compile(r"\(?0\d{2,4}\)?[ /-]\d{3,}(?:[ -]\d{2,})*|\(?0\d{2,4}\)?(?: \d{2,4}){2,5}|0\d{9,11}")

    currencies = {
        "$": _dollar(),
        "US$": _dollar("US-"),
        "USD": _dollar("US-"),
        "A$": _dollar("Australische "),
        "C$": _dollar("Kanadische "),
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
        "₩": (Noun("Won", "Won", "m"), _NONE),
        "₿": _BITCOIN,
        "BTC": _BITCOIN,
        "CHF": _FRANC,
        "Fr": _FRANC,
        "¢": (_CENT, _NONE),
        "ct": (_CENT, _NONE),
        "Ct": (_CENT, _NONE),
    }
    units = {
        "mm": _same("Millimeter"),
        "cm": _same("Zentimeter"),
        "dm": _same("Dezimeter"),
        "m": _same("Meter"),
        "km": _same("Kilometer"),
        "µm": _same("Mikrometer"),
        "nm": _same("Nanometer"),
        "ft": _same("Fuß"),
        "mm²": _same("Quadratmillimeter"),
        "cm²": _same("Quadratzentimeter"),
        "m²": _same("Quadratmeter"),
        "qm": _same("Quadratmeter"),
        "km²": _same("Quadratkilometer"),
        "qkm": _same("Quadratkilometer"),
        "cm³": _same("Kubikzentimeter"),
        "m³": _same("Kubikmeter"),
        "ha": _same("Hektar"),
        "µg": _same("Mikrogramm", "n"),
        "mg": _same("Milligramm", "n"),
        "g": _same("Gramm", "n"),
        "kg": _same("Kilogramm", "n"),
        "t": _feminine("Tonne"),
        "lb": _same("Pfund", "n"),
        "ml": _same("Milliliter"),
        "mL": _same("Milliliter"),
        "cl": _same("Zentiliter"),
        "dl": _same("Deziliter"),
        "l": _same("Liter"),
        "L": _same("Liter"),
        "hl": _same("Hektoliter"),
        "EL": _same("Esslöffel"),
        "TL": _same("Teelöffel"),
        "Stk": _same("Stück", "n"),
        "ns": _feminine("Nanosekunde"),
        "ms": _feminine("Millisekunde"),
        "s": SECOND,
        "sek": SECOND,
        "Sek": SECOND,
        "min": _MINUTE,
        "Min": _MINUTE,
        "h": _HOUR,
        "Std": _HOUR,
        "km/h": _same("Kilometer pro Stunde"),
        "m/s": _same("Meter pro Sekunde"),
        "m/s²": _same("Meter pro Quadratsekunde"),
        "mph": Noun("Meile pro Stunde", "Meilen pro Stunde", "f"),
        "l/100km": _same("Liter auf hundert Kilometer"),
        "g/km": _same("Gramm pro Kilometer", "n"),
        "Hz": _same("Hertz", "n"),
        "kHz": _same("Kilohertz", "n"),
        "MHz": _same("Megahertz", "n"),
        "GHz": _same("Gigahertz", "n"),
        "B": _same("Byte", "n"),
        "KB": _same("Kilobyte", "n"),
        "kB": _same("Kilobyte", "n"),
        "MB": _same("Megabyte", "n"),
        "GB": _same("Gigabyte", "n"),
        "TB": _same("Terabyte", "n"),
        "PB": _same("Petabyte", "n"),
        "MiB": _same("Mebibyte", "n"),
        "GiB": _same("Gibibyte", "n"),
        "kbps": _same("Kilobit pro Sekunde", "n"),
        "Mbps": _same("Megabit pro Sekunde", "n"),
        "Gbps": _same("Gigabit pro Sekunde", "n"),
        "kbit/s": _same("Kilobit pro Sekunde", "n"),
        "Mbit/s": _same("Megabit pro Sekunde", "n"),
        "MBit/s": _same("Megabit pro Sekunde", "n"),
        "Gbit/s": _same("Gigabit pro Sekunde", "n"),
        "MB/s": _same("Megabyte pro Sekunde", "n"),
        "GB/s": _same("Gigabyte pro Sekunde", "n"),
        "W": _same("Watt", "n"),
        "kW": _same("Kilowatt", "n"),
        "MW": _same("Megawatt", "n"),
        "GW": _same("Gigawatt", "n"),
        "Wh": _feminine("Wattstunde"),
        "kWh": _feminine("Kilowattstunde"),
        "MWh": _feminine("Megawattstunde"),
        "V": _same("Volt", "n"),
        "mV": _same("Millivolt", "n"),
        "kV": _same("Kilovolt", "n"),
        "A": _same("Ampere", "n"),
        "mA": _same("Milliampere", "n"),
        "mAh": _feminine("Milliamperestunde"),
        "Ω": _same("Ohm", "n"),
        "J": _same("Joule", "n"),
        "kJ": _same("Kilojoule", "n"),
        "cal": _feminine("Kalorie"),
        "kcal": _feminine("Kilokalorie"),
        "N": _same("Newton", "n"),
        "Nm": _same("Newtonmeter"),
        "Pa": _same("Pascal", "n"),
        "kPa": _same("Kilopascal", "n"),
        "hPa": _same("Hektopascal", "n"),
        "bar": _same("Bar", "n"),
        "PS": _same("P S", "n"),
        "dB": _same("Dezibel", "n"),
        "px": Noun("Pixel", "Pixel", "n"),
        "fps": Noun("Bild pro Sekunde", "Bilder pro Sekunde", "n"),
        "rpm": Noun("Umdrehung pro Minute", "Umdrehungen pro Minute", "f"),
        "ppm": Noun("Teil pro Million", "Teile pro Million", "m"),
        "°": _same("Grad", "n"),
        "°C": _same("Grad Celsius", "n"),
        "°F": _same("Grad Fahrenheit", "n"),
        "K": _same("Kelvin", "n"),
        "‰": _same("Promille", "n"),
    }
    months = tuple(
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
    )
    month_abbreviations = {
        "jan": "Januar",
        "feb": "Februar",
        "mär": "März",
        "mrz": "März",
        "apr": "April",
        "jun": "Juni",
        "jul": "Juli",
        "aug": "August",
        "sep": "September",
        "sept": "September",
        "okt": "Oktober",
        "nov": "November",
        "dez": "Dezember",
    }
    weekday_abbreviations = {
        "mo": "Montag",
        "di": "Dienstag",
        "mi": "Mittwoch",
        "do": "Donnerstag",
        "fr": "Freitag",
        "sa": "Samstag",
        "so": "Sonntag",
    }
    year_heads = word_set(
        "jahr jahre jahren jahres im in seit ab bis um vor nach anno winter sommer frühling frühjahr herbst"
        " anfang mitte ende von und zwischen circa etwa"
    )
    time_signs = ":."
    clock_words = frozenset(("uhr",))

    symbols = {
        "&": "und",
        "+": "plus",
        "-": "minus",
        "=": "gleich",
        "==": "gleich",
        "<": "kleiner als",
        ">": "größer als",
        "<=": "kleiner oder gleich",
        ">=": "größer oder gleich",
        "≤": "kleiner oder gleich",
        "≥": "größer oder gleich",
        "!=": "ungleich",
        "≠": "ungleich",
        "≈": "ungefähr gleich",
        "~": "etwa",
        "×": "mal",
        "*": "mal",
        "÷": "geteilt durch",
        "±": "plus minus",
        "@": "at",
        "%": "Prozent",
        "‰": "Promille",
        "#": "Nummer",
        "$": "Dollar",
        "€": "Euro",
        "£": "Pfund",
        "°": "Grad",
        "©": "Copyright",
        "®": "eingetragene Marke",
        "™": "Trademark",
        "§": "Paragraf",
        "§§": "Paragrafen",
        "√": "Wurzel aus",
        "∞": "unendlich",
        "∑": "Summe",
        "∈": "Element von",
        "/": "Schrägstrich",
        "^": "hoch",
        "→": "zu",
        "->": "zu",
        "=>": "zu",
        "⇒": "daraus folgt",
    }
    slash = "Schrägstrich"
    dot = "Punkt"
    at = "at"
    spelled_domains = word_set("de at ch eu uk us fr it nl io ai tv")
    dash = "Bindestrich"
    underscore = "Unterstrich"
    colon = "Doppelpunkt"
    backslash = "Backslash"
    tilde = "Tilde"
    hash = "Hashtag"
    words = {
        "c++": "C plus plus",
        "c#": "C sharp",
        "f#": "F sharp",
        "g++": "G plus plus",
        ".net": "dot net",
        "und/oder": "und oder",
        "24/7": "vierundzwanzig sieben",
        "50/50": "fünfzig fünfzig",
        "9/11": "nine eleven",
        "i/o": "I O",
        "tcp/ip": "T C P I P",
        "ios": "i O S",
        "iOS": "i O S",
        "macOS": "mac O S",
        "GmbH": "G M B H",
        "AfD": "A F D",
        "Dr": "Doktor",
        "Prof": "Professor",
        "Nr": "Nummer",
        "kWh": "Kilowattstunde",
        "bafög": "Bafög",
        "wlan": "W Lan",
        "ok": "okay",
        "phd": "P H D",
        "4k": "vier K",
        "8k": "acht K",
    }
    version = "Version"
    versioned = word_set(
        "python java node ios android windows ubuntu debian macos php ruby go rust cuda torch pytorch"
        " version v release typescript swift kotlin angular react vue django postgres postgresql mysql redis"
        " chrome gpt claude llama gemini qwen http tls bluetooth usb"
    )
    acronyms_read = word_set(
        "NASA NATO UNO UNESCO UNICEF OPEC AIDS COVID SARS RAM ROM LASER RADAR SONAR GIF JPEG JSON PIN SIM"
        " LAN WAN ASCII IKEA FIFA UEFA TÜV DAX DIN IBAN HARIBO ASEAN BIOS REST SOAP YAML CAD SWIFT LIDL ALDI"
        " EDEKA ELSTER PISA RAF BAMF"
    )
    short_words = word_set(
        "AB AM AN AUF AUS BEI BIN BIS DA DAS DEM DEN DER DES DIE DIR DU EIN ER ES FÜR GUT HAT ICH IHM IHN"
        " IHR IM IN IST JA JE MAL MAN MICH MIR MIT NEU NIE NOCH NUN NUR OB OFT SEI SIE SO TAG TUN UM UND UNS"
        " VOM VON VOR WAR WAS WEG WER WIE WIR WO ZU ZUM ZUR NACH ABER ALS ALT ANS ACH AHA OH"
    )
    acronyms_spelled = word_set(
        "AI KI API APIS USA US UK EU UN UV UI UX IT IP ID IDE IQ EQ OS URL URI CEO CFO CTO AG ARD OP EDV"
        " AOK ADHS EKG ICE IC ADAC CDU CSU EZB EKD BAG BIP BKA UKW HIV CIA FBI ISO IEEE ISBN IOS MIT DIY USB"
        " EUR USD AEG IBM IOT OCR OOP AWS ETF IPO MRI PDA SAP UFA LED OLED IHK IFA ÖPNV ÖBB ÖVP SPÖ FPÖ EG"
        " DNA RNA AKW UEFI AGB ABS ESP GEZ GUI OLG BGH EUGH ABC CIO COO AMD TU FU UKE"
    )
    regnal_names = KINGS | QUEENS | {name + "s" for name in KINGS | QUEENS if not name.endswith("s")}
    roman_heads = word_set(
        "kap bd abb kapitel teil akt szene band buch abschnitt artikel anhang phase typ stufe klasse"
        " abbildung tabelle apollo rocky kategorie gruppe serie windows weltkrieg vaticanum hartz tiger"
        " leopard"
    )
    roman_letters = "IVX"
    code_block = "Codeblock."
    math = {
        "|": "Betrag von",
        "·": "mal",
        "/": "durch",
        "→": "gegen",
        "⇔": "genau dann wenn",
        "∉": "nicht Element von",
        "⊂": "Teilmenge von",
        "∪": "vereinigt mit",
        "∩": "geschnitten mit",
        "∀": "für alle",
        "∃": "es existiert",
        "¬": "nicht",
        "∑": "die Summe von",
        "∏": "das Produkt von",
        "∫": "das Integral von",
        "∂": "partiell",
        "∇": "Nabla",
        "√": "die Wurzel aus",
        "∛": "die dritte Wurzel aus",
        "root": "die {} Wurzel aus",
        "!": "Fakultät",
        "'": "Strich",
        "²": "Quadrat",
        "³": "hoch drei",
        "^": "hoch",
        "_": "Index",
        "of": "von",
        "from": "von",
        "to": "bis",
        "sin": "Sinus",
        "cos": "Kosinus",
        "tan": "Tangens",
        "log": "Logarithmus",
        "ln": "natürlicher Logarithmus",
        "lim": "der Limes",
        "as": "für",
        "mod": "modulo",
    }

    # Behind these an ordinal is weak: "am dritten", "die dritte"; elsewhere it is strong: "ein dritter".
    _WITH_N = word_set(
        "am vom zum zur im beim ins dem den des einem einen eines einer ab bis seit nach vor jedem jeden"
        " jener diesem diesen letzten meinem meinen seinem seinen ihrem ihren unserem unseren seiner ihrer"
        " meiner unserer keinem keinen in mit ihres seines"
    )
    _WITH_E = word_set(
        "der die das eine diese dieser dieses jede jeder jedes meine deine seine ihre unsere eure keine jene"
    )
    _FEMININE = re.compile(
        r".+(?:ung|heit|keit|schaft|ion|tät|ei|enz|anz|ik|ur|in|e)|Person|Frau|Zahl|Antwort|Mail|Bank|Stadt|Nacht"
        r"|Art|Hand|Wand|Uhr|Tür|Form|Kraft|Million|Milliarde"
    )
    _NOT_FEMININE = word_set(
        "Termin Name Junge Kunde Ende Auge Käse Gedanke Buchstabe Kollege Experte Zeuge Prozent Gebäude"
        " Interesse Bein Verein Wein Stein Schein Ei Franzose Türke Russe Pole Däne Affe Hase Löwe Museum"
        " Spion Stadion"
    )

    _NEUTER = re.compile(
        r".+(?:chen|lein|ment|um)|Kilo|Pfund|Jahr|Glas|Dutzend|Stück|Brot|Blatt|Ei|Bund|Prozent"
    )
