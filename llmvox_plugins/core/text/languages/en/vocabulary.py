"""English: what things are called, and how it is written."""

from __future__ import annotations

from ..base import Language, Noun, word_set

__all__ = ["EnglishVocabulary"]

_CENT = Noun("cent", "cents")
_DOLLAR = (Noun("dollar", "dollars"), _CENT)
_EURO = (Noun("euro", "euros"), _CENT)
_POUND = (Noun("pound", "pounds"), Noun("penny", "pence"))
_NONE = Noun("", "")
_YEN = (Noun("yen", "yen"), _NONE)
_YUAN = (Noun("yuan", "yuan"), _NONE)
_RUPEE = (Noun("rupee", "rupees"), Noun("paisa", "paise"))
_FRANC = (Noun("Swiss franc", "Swiss francs"), _NONE)


def _noun(one: str) -> Noun:
    return Noun(one, one + "s")


def _per(unit: str, time: str) -> Noun:
    return Noun(f"{unit} per {time}", f"{unit}s per {time}")


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SHORT_MONTHS = {name[:3].lower(): name for name in _MONTHS if name != "May"} | {"sept": "September"}
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_SHORT_WEEKDAYS = {name[:3].lower(): name for name in _WEEKDAYS} | {"tues": "Tuesday", "thurs": "Thursday"}


class EnglishVocabulary(Language):
    tag = "en"

    abbreviations = {
        "dr": "Doctor",
        "mr": "Mister",
        "mrs": "Missus",
        "ms": "Miz",
        "mx": "",
        "messrs": "Messieurs",
        "prof": "Professor",
        "gen": "General",
        "col": "Colonel",
        "capt": "Captain",
        "lt": "Lieutenant",
        "sgt": "Sergeant",
        "rev": "Reverend",
        "hon": "Honorable",
        "gov": "Governor",
        "sen": "Senator",
        "rep": "Representative",
        "pres": "President",
        "vs": "versus",
        "v": "versus",
        "e.g": "for example",
        "i.e": "that is",
        "cf": "compare",
        "viz": "namely",
        "al": "",
        "approx": "approximately",
        "mt": "Mount",
        "incl": "including",
        "qty": "quantity",
        "excl": "excluding",
    }
    endings = {
        "etc": "et cetera",
        "yahoo": "",
        "ft": "feet",
        **_SHORT_MONTHS,
        **_SHORT_WEEKDAYS,
        "dep": "departure",
        "arr": "arrival",
        "avg": "average",
        "hr": "hour",
        "hrs": "hours",
        "mins": "minutes",
        "secs": "seconds",
        "oz": "ounces",
        "lb": "pounds",
        "lbs": "pounds",
        "tbsp": "tablespoons",
        "tsp": "teaspoons",
        "dept": "department",
    }
    name_endings = {
        "ph.d": "P H D",
        "jr": "Junior",
        "sr": "Senior",
        "inc": "incorporated",
        "ltd": "limited",
        "co": "company",
        "corp": "corporation",
        "st": "Street",
        "ave": "Avenue",
        "blvd": "Boulevard",
        "rd": "Road",
        "hwy": "Highway",
    }
    capitalised = word_set(
        "dr mr mrs ms mx messrs prof gen col capt lt sgt rev hon gov sen rep pres mt"
        " jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri sat sun"
    )
    dotless = word_set("dr mr mrs ms prof st")
    homographs = {"dr": ("Doctor", "Drive"), "st": ("Saint", "Street")}
    before_number = {
        "fig": "figure",
        "figs": "figures",
        "eq": "equation",
        "eqs": "equations",
        "ch": "chapter",
        "sec": "section",
        "apt": "apartment",
        "est": "established",
        "min": "minimum",
        "max": "maximum",
        "ext": "extension",
        "no": "number",
        "nos": "numbers",
        "vol": "volume",
        "pp": "pages",
        "p": "page",
        "art": "article",
        "ver": "version",
        "ca": "circa",
        "c": "circa",
    }
    starters = word_set(
        "a after all although an and another as at because before both but by during each even every"
        " everybody everyone everything few for from he her here his how however i if in instead it its let"
        " many maybe most my next no nobody nothing now of on once one only or our over perhaps please she"
        " since so some somebody someone something sometimes soon still such sure that the their then there"
        " these they this those though thus to today two under unfortunately until we well what when where"
        " whether which while who why with without yes yet you your"
    )
    joiners = word_set("and but or nor so yet because which while whereas although though if when")

    cardinals = {"": "spellout-cardinal"}
    ordinals = {"": "spellout-ordinal"}
    ordinal_suffixes = {"st": "", "nd": "", "rd": "", "th": ""}
    year_rules = "spellout-numbering-year"
    point = "point"
    minus = "minus"
    plus = "plus"
    range_word = "to"
    percent = "percent"
    per = "per"
    times = "times"
    over = "over"
    by = "by"
    out_of = "out of"
    scales = {
        "K": ("thousand", "thousand"),
        "k": ("thousand", "thousand"),
        "M": ("million", "million"),
        "m": ("million", "million"),
        "mn": ("million", "million"),
        "B": ("billion", "billion"),
        "b": ("billion", "billion"),
        "bn": ("billion", "billion"),
        "T": ("trillion", "trillion"),
        "tn": ("trillion", "trillion"),
        **{word: (word, word) for word in ("hundred", "thousand", "million", "billion", "trillion")},
    }
    currencies = {
        "$": _DOLLAR,
        "US$": (Noun("U S dollar", "U S dollars"), _CENT),
        "A$": (Noun("Australian dollar", "Australian dollars"), _CENT),
        "C$": (Noun("Canadian dollar", "Canadian dollars"), _CENT),
        "USD": (Noun("U S dollar", "U S dollars"), _CENT),
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
        "₩": (Noun("won", "won"), _NONE),
        "₿": (Noun("bitcoin", "bitcoins"), _NONE),
        "BTC": (Noun("bitcoin", "bitcoins"), _NONE),
        "CHF": _FRANC,
        "AUD": (Noun("Australian dollar", "Australian dollars"), _CENT),
        "CAD": (Noun("Canadian dollar", "Canadian dollars"), _CENT),
        "NZD": (Noun("New Zealand dollar", "New Zealand dollars"), _CENT),
        "HKD": (Noun("Hong Kong dollar", "Hong Kong dollars"), _CENT),
        "SGD": (Noun("Singapore dollar", "Singapore dollars"), _CENT),
        "SEK": (Noun("Swedish krona", "Swedish kronor"), _NONE),
        "NOK": (Noun("Norwegian krone", "Norwegian kroner"), _NONE),
        "DKK": (Noun("Danish krone", "Danish kroner"), _NONE),
        "PLN": (Noun("Polish zloty", "Polish zlotys"), _NONE),
        "CZK": (Noun("Czech koruna", "Czech korunas"), _NONE),
        "TRY": (Noun("Turkish lira", "Turkish liras"), _NONE),
        "MXN": (Noun("Mexican peso", "Mexican pesos"), _NONE),
        "BRL": (Noun("Brazilian real", "Brazilian reais"), _NONE),
        "R$": (Noun("real", "reais"), _NONE),
        "ZAR": (Noun("rand", "rand"), _NONE),
        "KRW": (Noun("won", "won"), _NONE),
        "THB": (Noun("baht", "baht"), _NONE),
        "AED": (Noun("dirham", "dirhams"), _NONE),
        "SAR": (Noun("riyal", "riyals"), _NONE),
        "ILS": (Noun("shekel", "shekels"), _NONE),
        "¢": (_CENT, _NONE),
    }
    units = {
        "mm": _noun("millimeter"),
        "cm": _noun("centimeter"),
        "m": _noun("meter"),
        "km": _noun("kilometer"),
        "µm": _noun("micrometer"),
        "nm": _noun("nanometer"),
        "in": Noun("inch", "inches"),
        "ft": Noun("foot", "feet"),
        "yd": _noun("yard"),
        "mi": _noun("mile"),
        "m²": _noun("square meter"),
        "km²": _noun("square kilometer"),
        "cm²": _noun("square centimeter"),
        "ft²": Noun("square foot", "square feet"),
        "m³": _noun("cubic meter"),
        "cm³": _noun("cubic centimeter"),
        "mg": _noun("milligram"),
        "g": _noun("gram"),
        "kg": _noun("kilogram"),
        "t": _noun("ton"),
        "µg": _noun("microgram"),
        "oz": _noun("ounce"),
        "lb": _noun("pound"),
        "lbs": _noun("pound"),
        "ml": _noun("milliliter"),
        "mL": _noun("milliliter"),
        "cl": _noun("centiliter"),
        "l": _noun("liter"),
        "L": _noun("liter"),
        "gal": _noun("gallon"),
        "tsp": _noun("teaspoon"),
        "tbsp": _noun("tablespoon"),
        "ns": _noun("nanosecond"),
        "ms": _noun("millisecond"),
        "s": _noun("second"),
        "sec": _noun("second"),
        "secs": _noun("second"),
        "min": _noun("minute"),
        "mins": _noun("minute"),
        "h": _noun("hour"),
        "hr": _noun("hour"),
        "hrs": _noun("hour"),
        "km/h": _per("kilometer", "hour"),
        "kph": _per("kilometer", "hour"),
        "mph": _per("mile", "hour"),
        "m/s": _per("meter", "second"),
        "m/s²": Noun("meter per second squared", "meters per second squared"),
        "mpg": _per("mile", "gallon"),
        "Hz": Noun("hertz", "hertz"),
        "kHz": Noun("kilohertz", "kilohertz"),
        "MHz": Noun("megahertz", "megahertz"),
        "GHz": Noun("gigahertz", "gigahertz"),
        "B": _noun("byte"),
        "KB": _noun("kilobyte"),
        "kB": _noun("kilobyte"),
        "MB": _noun("megabyte"),
        "GB": _noun("gigabyte"),
        "TB": _noun("terabyte"),
        "PB": _noun("petabyte"),
        "MiB": _noun("mebibyte"),
        "GiB": _noun("gibibyte"),
        "kbps": _per("kilobit", "second"),
        "Mbps": _per("megabit", "second"),
        "Gbps": _per("gigabit", "second"),
        "MB/s": _per("megabyte", "second"),
        "GB/s": _per("gigabyte", "second"),
        "W": _noun("watt"),
        "kW": _noun("kilowatt"),
        "MW": _noun("megawatt"),
        "GW": _noun("gigawatt"),
        "Wh": _noun("watt hour"),
        "kWh": _noun("kilowatt hour"),
        "V": _noun("volt"),
        "mV": _noun("millivolt"),
        "A": _noun("amp"),
        "mA": _noun("milliamp"),
        "mAh": _noun("milliamp hour"),
        "J": _noun("joule"),
        "kJ": _noun("kilojoule"),
        "cal": _noun("calorie"),
        "kcal": _noun("kilocalorie"),
        "N": _noun("newton"),
        "Pa": _noun("pascal"),
        "kPa": _noun("kilopascal"),
        "hPa": _noun("hectopascal"),
        "psi": Noun("P S I", "P S I"),
        "dB": _noun("decibel"),
        "px": _noun("pixel"),
        "fps": _per("frame", "second"),
        "rpm": Noun("R P M", "R P M"),
        "ppm": Noun("part per million", "parts per million"),
        "°": _noun("degree"),
        "°C": Noun("degree Celsius", "degrees Celsius"),
        "°F": Noun("degree Fahrenheit", "degrees Fahrenheit"),
        "K": Noun("kelvin", "kelvins"),
        "ha": _noun("hectare"),
        "dL": _noun("deciliter"),
        "dl": _noun("deciliter"),
        "mmHg": Noun("millimeter of mercury", "millimeters of mercury"),
        "pp": _noun("percentage point"),
        "bpm": _per("beat", "minute"),
        "kbit": _noun("kilobit"),
        "Mbit": _noun("megabit"),
        "Gbit": _noun("gigabit"),
        "mo": _noun("month"),
        "wk": _noun("week"),
        "yr": _noun("year"),
        "yrs": _noun("year"),
    }
    months = _MONTHS
    month_abbreviations = _SHORT_MONTHS
    weekday_abbreviations = _SHORT_WEEKDAYS
    month_first = True
    year_heads = word_set(
        "in since of from until c ca till by around circa year before after between early late mid summer"
        " winter spring autumn fall and to during ad"
    )
    has_halves = True
    attributive_after = frozenset(("a", "an"))
    labels = word_set(
        "seat room apt apartment gate unit row flat suite grade part form section block building door exit"
        " platform"
    )
    digit_heads = word_set("call dial text zip code pin isbn ssn ext extension error http status")
    comparisons = {
        "~": "about",
        "≈": "about",
        "<": "less than",
        ">": "more than",
        "≤": "at most",
        "<=": "at most",
        "≥": "at least",
        ">=": "at least",
        "±": "plus or minus",
    }

    symbols = {
        "&": "and",
        "&&": "and",
        "||": "or",
        "+": "plus",
        "-": "minus",
        "=": "equals",
        "==": "equals",
        "<": "is less than",
        ">": "is greater than",
        "<=": "is less than or equal to",
        ">=": "is greater than or equal to",
        "≤": "is less than or equal to",
        "≥": "is greater than or equal to",
        "!=": "is not equal to",
        "≠": "is not equal to",
        "≈": "is approximately",
        "~": "about",
        "×": "times",
        "*": "times",
        "÷": "divided by",
        "±": "plus or minus",
        "@": "at",
        "%": "percent",
        "#": "number",
        "$": "dollars",
        "€": "euros",
        "£": "pounds",
        "°": "degrees",
        "©": "copyright",
        "®": "registered",
        "™": "trademark",
        "§": "section",
        "√": "square root of",
        "∞": "infinity",
        "∑": "sum",
        "∈": "in",
        "/": "slash",
        "^": "to the power of",
        "→": "to",
        "->": "to",
        "=>": "to",
        "⇒": "to",
    }
    slash = "slash"
    dot = "dot"
    at = "at"
    dash = "dash"
    underscore = "underscore"
    colon = "colon"
    backslash = "backslash"
    directions = {"N": "north", "S": "south", "E": "east", "W": "west"}
    spelled_domains = word_set("uk us eu io ai tv nz")
    tilde = "tilde"
    hash = "hashtag"
    words = {
        "c++": "C plus plus",
        "c#": "C sharp",
        "f#": "F sharp",
        "g++": "G plus plus",
        ".net": "dot net",
        "w/": "with",
        "w/o": "without",
        "and/or": "and or",
        "n/a": "not applicable",
        "24/7": "twenty-four seven",
        "9/11": "nine eleven",
        "50/50": "fifty-fifty",
        "20/20": "twenty twenty",
        "o'clock": "o'clock",
        "a/c": "A C",
        "i/o": "I O",
        "tcp/ip": "T C P I P",
        "vs": "versus",
        "YoY": "year over year",
        "MoM": "month over month",
        "QoQ": "quarter over quarter",
        "401k": "four oh one K",
        "401(k": "four oh one K",
        "ios": "i O S",
        "iOS": "i O S",
        "macOS": "mac O S",
        "ctrl": "control",
        "phd": "P H D",
        "PhD": "P H D",
        "wwi": "World War One",
        "WWI": "World War One",
        "wwii": "World War Two",
        "WWII": "World War Two",
        "4k": "four K",
        "720p": "seven twenty P",
        "1080p": "ten eighty P",
        "1440p": "fourteen forty P",
        "2160p": "twenty-one sixty P",
        "8k": "eight K",
    }
    version = "version"
    versioned = word_set(
        "python java node ios android windows ubuntu debian macos php ruby go rust cuda torch pytorch"
        " version v release typescript swift kotlin angular react vue django postgres postgresql mysql redis"
        " chrome gpt claude llama gemini qwen http tls bluetooth usb"
    )
    acronyms_read = word_set(
        "NASA NATO UNESCO UNICEF OPEC AIDS COVID SARS RAM ROM LASER RADAR SONAR SCUBA GIF JPEG JSON PIN SIM"
        " LAN WAN ASAP CAPTCHA ASCII IKEA FIFA UEFA OSHA DARPA GAN SWAT TED TOEFL YAML CRUD REST SOAP BIOS"
        " CAD NASDAQ NAFTA ASEAN BRICS GUID LLAMA BERT LORA POSIX NUMA SATA MIDI OK GAN GIS GUI ZIP RIP TOR"
    )
    acronyms_spelled = word_set(
        "IT US AAPL AARP ACLU ADHD AIDE ASL ASMR AWOL BIOS CAGR CEOS ESPN EULA IEEE ISBN MMORPG NGOS OECD"
        " OPEC RSVP SEO UCLA UCSF UDID UEFI USAF USDA USMC USPS USSR UUID UTC XAI YMCA EBIT IPCC IMEI ICBM"
        " AAAI IIRC IMHO FWIW IANA EURO HTTPS OAUTH ANSI IEC"
    ) - word_set("AIDE AWOL BIOS CAGR EULA EURO OAUTH ANSI OPEC")
    short_words = word_set(
        "A I AM AN AS AT BE BY DO GO HE HI IF IN IS ME MY NO OF OH OK ON OR SO TO UP WE ACT ADD AGE AGO AIR"
        " ALL AND ANY ARE ART ASK BAD BAG BED BEST BIG BOX BOY BUS BUT BUY CAN CAR CAT CUT DAY DID DIE DOG"
        " DRY EAR EAT EGG END EYE FAR FEW FIT FIX FLY FOR FUN GET GOD GOT GUN GUY HAD HAS HER HEY HIM HIS"
        " HIT HOT HOW ICE ILL ITS JOB JOY KEY KID LAW LAY LET LIE LOT LOW MAN MAP MAY MEN MIX NEW NOR NOT"
        " NOW ODD OFF OIL OLD ONE OUR OUT OWN PAY PER PUT RED RUN SAD SAW SAY SEA SEE SET SHE SIX SKY SON"
        " STOP SUN TAX TEA TEN THE TIE TIP TOO TOP TRY TWO USE VIA WAR WAS WAY WHO WHY WIN WON WOW YES YET"
        " YOU MOM DAD SIR TED MAX BOB SAM TOM JIM BEN LEE KIM"
    )
    regnal_names = word_set(
        "louis henry charles elizabeth george edward richard william james john paul pius benedict napoleon"
        " philip alexander nicholas catherine peter frederick wilhelm otto ramses ramesses francis leo"
        " gregory innocent clement urban juan carlos felipe fernando alfonso ferdinand robert mary victor"
        " ptolemy edward harald haakon gustav christian leopold albert rainier mehmed suleiman murad darius"
        " xerxes cyrus seti thutmose amenhotep constantine theodosius ivan maximilian rudolf sixtus julius"
    )
    roman_heads = word_set(
        "vol war chapter part act scene volume book section article appendix phase type stage level class"
        " title schedule figure table bowl apollo rocky vatican final fantasy episode grade category group"
        " unit division mark windows season round king superbowl fig ch sec"
    )
    code_block = "Code block."
    math = {
        "|": "the absolute value of",
        "·": "times",
        "/": "over",
        "⇒": "implies",
        "⇔": "if and only if",
        "∉": "not in",
        "⊂": "is a subset of",
        "∪": "union",
        "∩": "intersection",
        "∀": "for all",
        "∃": "there exists",
        "¬": "not",
        "∑": "the sum of",
        "∏": "the product of",
        "∫": "the integral of",
        "∂": "partial",
        "∇": "nabla",
        "√": "the square root of",
        "∛": "the cube root of",
        "root": "the {} root of",
        "!": "factorial",
        "'": "prime",
        "²": "squared",
        "³": "cubed",
        "^": "to the power of",
        "_": "sub",
        "of": "of",
        "from": "from",
        "to": "to",
        "sin": "sine",
        "cos": "cosine",
        "tan": "tangent",
        "log": "log",
        "ln": "natural log",
        "lim": "the limit",
        "as": "as",
        "mod": "mod",
    }

    _DENOMINATORS = {2: ("half", "halves"), 4: ("quarter", "quarters")}
