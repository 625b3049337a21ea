"""Arabic: what things are called, and how it is written."""

from __future__ import annotations

import re

from ..base import Language, Noun, word_set

__all__ = ["ArabicVocabulary"]


def _masculine(one: str, few: str = "") -> Noun:
    return Noun(one, f"{one}ا", "m", f"{one}ان", few or f"{one}ات")


def _feminine(one: str, few: str = "") -> Noun:
    """one: with ة at its end."""
    return Noun(one, one, "f", f"{one[:-1]}تان", few or f"{one[:-1]}ات")


def _with(noun: Noun, adjective: str) -> Noun:
    """A noun with an adjective that follows it in all its forms. adjective: masculine, singular."""
    feminine = f"{adjective}ة"
    is_feminine = noun.gender == "f"
    return Noun(
        f"{noun.one} {feminine if is_feminine else adjective}",
        f"{noun.other} {feminine if is_feminine else f'{adjective}ا'}",
        noun.gender,
        f"{noun.two} {f'{adjective}تان' if is_feminine else f'{adjective}ان'}",
        f"{noun.few} {feminine}",
    )


def _per(noun: Noun, time: str) -> Noun:
    return Noun(
        f"{noun.one} {time}", f"{noun.other} {time}", noun.gender, f"{noun.two} {time}", f"{noun.few} {time}"
    )


def _fixed(name: str, gender: str = "m") -> Noun:
    return Noun(name, name, gender, f"2 {name}", name)


_NONE = Noun("", "")
THOUSAND = _masculine("ألف", "آلاف")
MILLION = _masculine("مليون", "ملايين")
BILLION = _masculine("مليار")
TRILLION = _masculine("تريليون")
METRE = _masculine("متر", "أمتار")
_KILOMETRE = _masculine("كيلومتر")
_CENTIMETRE = _masculine("سنتيمتر")
_MILLIMETRE = _masculine("مليمتر")
_GRAM = _masculine("غرام")
_KILOGRAM = _masculine("كيلوغرام")
_MILLIGRAM = _masculine("مليغرام")
_TON = _masculine("طن", "أطنان")
_LITRE = _masculine("لتر")
_MILLILITRE = _masculine("مليلتر")
_MILE = _masculine("ميل", "أميال")
SECOND = Noun("ثانية", "ثانية", "f", "ثانيتان", "ثوان")
MINUTE = _feminine("دقيقة", "دقائق")
_HOUR = _feminine("ساعة")
_DAY = _masculine("يوم", "أيام")
_WEEK = _masculine("أسبوع", "أسابيع")
_MONTH = _masculine("شهر", "أشهر")
_YEAR = Noun("سنة", "سنة", "f", "سنتان", "سنوات")
DEGREE = _feminine("درجة")
CELSIUS = _with(DEGREE, "مئوي")
FAHRENHEIT = _per(DEGREE, "فهرنهايت")
_CENT = _masculine("سنت")
_DOLLAR = (_masculine("دولار"), _CENT)
_US_DOLLAR = (_with(_masculine("دولار"), "أمريكي"), _CENT)
_EURO = (Noun("يورو", "يورو", "m", "2 يورو", "يورو"), _CENT)
_PENNY = Noun("بنس", "بنسا", "m", "بنسان", "بنسات")
_POUND = (_with(Noun("جنيه", "جنيها", "m", "جنيهان", "جنيهات"), "إسترليني"), _PENNY)
_HALALA = _feminine("هللة")
_RIYAL = _masculine("ريال")
_PIASTRE = _masculine("قرش", "قروش")
_EGYPTIAN = _masculine("جنيه")
_FILS = _masculine("فلس", "فلوس")
_DIRHAM = _masculine("درهم", "دراهم")
_DINAR = _masculine("دينار", "دنانير")
_YEN = _fixed("ين")
# What is often counted: the gender of these is known, and the form that the number asks for.
_COUNTED = (
    *(SECOND, MINUTE, _HOUR, _DAY, _WEEK, _MONTH, _YEAR, METRE, _KILOMETRE, _CENTIMETRE, _MILLIMETRE),
    *(_GRAM, _KILOGRAM, _MILLIGRAM, _TON, _LITRE, _MILLILITRE, _MILE, DEGREE),
    _masculine("عام", "أعوام"),
    _masculine("قرن", "قرون"),
    _masculine("عقد", "عقود"),
    _masculine("شخص", "أشخاص"),
    _masculine("رجل", "رجال"),
    _masculine("ولد", "أولاد"),
    _masculine("طفل", "أطفال"),
    _masculine("طالب", "طلاب"),
    _masculine("موظف", "موظفين"),
    _masculine("لاعب", "لاعبين"),
    _masculine("عضو", "أعضاء"),
    _masculine("فرد", "أفراد"),
    _masculine("كتاب", "كتب"),
    _masculine("فصل", "فصول"),
    _masculine("سطر", "أسطر"),
    _masculine("رقم", "أرقام"),
    _masculine("حرف", "أحرف"),
    _masculine("سؤال", "أسئلة"),
    _masculine("هدف", "أهداف"),
    _masculine("مشروع", "مشاريع"),
    _masculine("بيت", "بيوت"),
    _masculine("باب", "أبواب"),
    _masculine("كوب", "أكواب"),
    _masculine("قلم", "أقلام"),
    _masculine("مقعد", "مقاعد"),
    _masculine("نوع", "أنواع"),
    _masculine("عنصر", "عناصر"),
    _masculine("ملف", "ملفات"),
    _masculine("جهاز", "أجهزة"),
    _masculine("مستخدم", "مستخدمين"),
    _feminine("مرة"),
    _feminine("دولة", "دول"),
    _feminine("مدينة", "مدن"),
    _feminine("صفحة"),
    _feminine("كلمة"),
    _feminine("جملة", "جمل"),
    _feminine("خطوة"),
    _feminine("طريقة", "طرق"),
    _feminine("لغة"),
    _feminine("شركة"),
    _feminine("سيارة"),
    _feminine("نقطة", "نقاط"),
    _feminine("غرفة", "غرف"),
    _feminine("قطعة", "قطع"),
    _feminine("ملعقة", "ملاعق"),
    _feminine("نسخة", "نسخ"),
    _feminine("ليلة", "ليال"),
    _feminine("حالة"),
    _feminine("طالبة"),
    _feminine("لوحة"),
    _feminine("تفاحة"),
    Noun("امرأة", "امرأة", "f", "امرأتان", "نساء"),
    Noun("بنت", "بنتا", "f", "بنتان", "بنات"),
)


def _written(*nouns: Noun) -> dict[str, Noun]:
    """The nouns by all forms in which they are written behind a number."""
    forms: dict[str, Noun] = {}
    for noun in nouns:
        forms |= dict.fromkeys((noun.one, noun.few, noun.other), noun)
        if noun.other != noun.one:
            forms |= {f"{noun.one}ًا": noun, f"{noun.one}اً": noun}
    return forms


SCALE_NOUNS = _written(THOUSAND, MILLION, BILLION, TRILLION) | {
    "K": THOUSAND,
    "M": MILLION,
    "B": BILLION,
    "T": TRILLION,
    "بليون": BILLION,
    "ترليون": TRILLION,
}
_MONTHS = tuple("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split())
# Of the Maghreb, of the Levant (the first word, where they have two) and of the Hijri year
_OTHER_MONTHS = {
    name: number
    for number, names in {
        1: "جانفي محرم",
        2: "فيفري شباط",
        3: "آذار ربيع",
        4: "إبريل ابريل أفريل نيسان",
        5: "أيار جمادى",
        6: "جوان حزيران",
        7: "جويلية يوليوز تموز رجب",
        8: "اغسطس أوت غشت آب شعبان",
        9: "شتنبر أيلول رمضان",
        10: "اكتوبر أوكتوبر تشرين شوال",
        11: "نونبر",
        12: "دجنبر كانون",
    }.items()
    for name in names.split()
}


class ArabicVocabulary(Language):
    tag = "ar"

    abbreviations = {
        "د": "الدكتور",
        "أ": "الأستاذ",
        "م": "المهندس",
        "أ.د": "الأستاذ الدكتور",
        "ت": "هاتف",
        "ط": "طبعة",
        "س": "سؤال",
        "ص.ب": "صندوق بريد",
    }
    endings = {
        "إلخ": "إلى آخره",
        "الخ": "إلى آخره",
        "ق.م": "قبل الميلاد",
        "ب.م": "بعد الميلاد",
        "ش.م": "شركة مساهمة",
    }
    before_number = {"ص": "صفحة", "ج": "جزء"}
    joiners = word_set("لكن ولكن أو ثم لأن حيث بينما كما إذا وإذا عندما وعندما بحيث غير")
    oblique_after = word_set(
        "في من إلى على عن حتى منذ خلال بعد قبل بين حوالي نحو قرابة زهاء لمدة مدة بنسبة نسبة بسعر بقيمة بعمر"
        " عام سنة فوق تحت دون سن بمعدل معدل بسرعة لأكثر أكثر بلغ بلغت مع عمره وفي ومن وإلى وعلى بمبلغ مبلغ"
        " عبر كل"
    )
    attached = word_set("و ب ل ف ك ال بال وال لل وب ول فال كال وبال ولل")

    cardinals = {"": "spellout-numbering"}
    point = "فاصلة"
    minus = "ناقص"
    plus = "زائد"
    range_word = "إلى"
    percent = "بالمئة"
    per = "لكل"
    times = "أضعاف"
    over = "على"
    by = "في"
    out_of = "من"
    scales = {form: (noun.one, noun.one) for form, noun in SCALE_NOUNS.items()}
    phone = re.compile(
        r"0\d{8,10}|0\d{1,3}[ -]\d{3}[ -]\d{4}|05\d[ -]?\d{3}[ -]?\d{4}|800[ -]\d{3,4}[ -]?\d{3,4}"
    )
    digit_heads = word_set("اتصل الرقم برقم بالرقم هاتف الهاتف رقم اطلب")
    comparisons = {
        "~": "حوالي",
        "≈": "حوالي",
        "<": "أقل من",
        ">": "أكثر من",
        "≤": "أقل من أو يساوي",
        "<=": "أقل من أو يساوي",
        "≥": "أكبر من أو يساوي",
        ">=": "أكبر من أو يساوي",
        "±": "زائد أو ناقص",
    }

    currencies = {
        "$": _DOLLAR,
        "US$": _US_DOLLAR,
        "USD": _US_DOLLAR,
        **dict.fromkeys(_written(_DOLLAR[0]), _DOLLAR),
        "€": _EURO,
        "EUR": _EURO,
        "يورو": _EURO,
        "£": _POUND,
        "GBP": _POUND,
        "¥": (_YEN, _NONE),
        "JPY": (_YEN, _NONE),
        "CNY": (_masculine("يوان"), _NONE),
        "₹": (_feminine("روبية"), _NONE),
        "INR": (_feminine("روبية"), _NONE),
        "SAR": (_with(_RIYAL, "سعودي"), _HALALA),
        "ر.س": (_with(_RIYAL, "سعودي"), _HALALA),
        "﷼": (_RIYAL, _HALALA),
        "QAR": (_with(_RIYAL, "قطري"), _DIRHAM),
        "ر.ق": (_with(_RIYAL, "قطري"), _DIRHAM),
        "OMR": (_with(_RIYAL, "عماني"), _NONE),
        **dict.fromkeys(_written(_RIYAL), (_RIYAL, _HALALA)),
        "AED": (_with(_DIRHAM, "إماراتي"), _FILS),
        "د.إ": (_with(_DIRHAM, "إماراتي"), _FILS),
        "MAD": (_with(_DIRHAM, "مغربي"), _NONE),
        "د.م": (_with(_DIRHAM, "مغربي"), _NONE),
        **dict.fromkeys(_written(_DIRHAM), (_DIRHAM, _FILS)),
        "EGP": (_with(_EGYPTIAN, "مصري"), _PIASTRE),
        "ج.م": (_with(_EGYPTIAN, "مصري"), _PIASTRE),
        **dict.fromkeys(_written(_EGYPTIAN), (_EGYPTIAN, _PIASTRE)),
        "KWD": (_with(_DINAR, "كويتي"), _NONE),
        "د.ك": (_with(_DINAR, "كويتي"), _NONE),
        "JOD": (_with(_DINAR, "أردني"), _NONE),
        "د.أ": (_with(_DINAR, "أردني"), _NONE),
        "BHD": (_with(_DINAR, "بحريني"), _NONE),
        "IQD": (_with(_DINAR, "عراقي"), _NONE),
        "د.ع": (_with(_DINAR, "عراقي"), _NONE),
        **dict.fromkeys(_written(_DINAR), (_DINAR, _NONE)),
        "₺": (_feminine("ليرة"), _PIASTRE),
        "ل.س": (_with(_feminine("ليرة"), "سوري"), _NONE),
        "ل.ل": (_with(_feminine("ليرة"), "لبناني"), _NONE),
    }
    units = {
        **_written(*_COUNTED),
        "مم": _MILLIMETRE,
        "mm": _MILLIMETRE,
        "سم": _CENTIMETRE,
        "cm": _CENTIMETRE,
        "م": METRE,
        "m": METRE,
        "كم": _KILOMETRE,
        "km": _KILOMETRE,
        "م²": _with(METRE, "مربع"),
        "م2": _with(METRE, "مربع"),
        "m²": _with(METRE, "مربع"),
        "كم²": _with(_KILOMETRE, "مربع"),
        "كم2": _with(_KILOMETRE, "مربع"),
        "km²": _with(_KILOMETRE, "مربع"),
        "سم²": _with(_CENTIMETRE, "مربع"),
        "م³": _with(METRE, "مكعب"),
        "م3": _with(METRE, "مكعب"),
        "m³": _with(METRE, "مكعب"),
        "سم³": _with(_CENTIMETRE, "مكعب"),
        "ft": _fixed("قدم", "f"),
        "in": _feminine("بوصة"),
        "mi": _MILE,
        "غ": _GRAM,
        "غم": _GRAM,
        "جم": _GRAM,
        "g": _GRAM,
        **dict.fromkeys(_written(_masculine("جرام")), _masculine("جرام")),
        "كغ": _KILOGRAM,
        "كغم": _KILOGRAM,
        "كجم": _KILOGRAM,
        "كلغ": _KILOGRAM,
        "kg": _KILOGRAM,
        **dict.fromkeys(_written(_masculine("كيلوجرام")), _masculine("كيلوجرام")),
        "مغ": _MILLIGRAM,
        "ملغ": _MILLIGRAM,
        "مجم": _MILLIGRAM,
        "ملجم": _MILLIGRAM,
        "mg": _MILLIGRAM,
        "t": _TON,
        "lb": _masculine("رطل", "أرطال"),
        "lbs": _masculine("رطل", "أرطال"),
        "oz": _feminine("أونصة"),
        "ل": _LITRE,
        "l": _LITRE,
        "L": _LITRE,
        "مل": _MILLILITRE,
        "ml": _MILLILITRE,
        "mL": _MILLILITRE,
        "ms": _fixed("ملي ثانية", "f"),
        "s": SECOND,
        "ث": SECOND,
        "min": MINUTE,
        "د": MINUTE,
        "h": _HOUR,
        "كم/س": _per(_KILOMETRE, "في الساعة"),
        "كم/ساعة": _per(_KILOMETRE, "في الساعة"),
        "كم/h": _per(_KILOMETRE, "في الساعة"),
        "km/h": _per(_KILOMETRE, "في الساعة"),
        "mph": _per(_MILE, "في الساعة"),
        "م/ث": _per(METRE, "في الثانية"),
        "m/s": _per(METRE, "في الثانية"),
        "Hz": _fixed("هرتز"),
        "kHz": _fixed("كيلوهرتز"),
        "MHz": _fixed("ميغاهرتز"),
        "GHz": _fixed("غيغاهرتز"),
        "W": _fixed("واط"),
        "kW": _fixed("كيلوواط"),
        "MW": _fixed("ميغاواط"),
        "GW": _fixed("غيغاواط"),
        "kWh": _fixed("كيلوواط ساعة"),
        "V": _fixed("فولت"),
        "A": _fixed("أمبير"),
        "mA": _fixed("ملي أمبير"),
        "mAh": _fixed("ملي أمبير ساعة"),
        "J": _fixed("جول"),
        "cal": _feminine("سعرة"),
        "kcal": _with(_feminine("سعرة"), "حراري"),
        "Pa": _fixed("باسكال"),
        "kPa": _fixed("كيلوباسكال"),
        "hPa": _fixed("هكتوباسكال"),
        "dB": _fixed("ديسيبل"),
        "KB": _fixed("كيلوبايت"),
        "kB": _fixed("كيلوبايت"),
        "MB": _fixed("ميغابايت"),
        "GB": _fixed("غيغابايت"),
        "TB": _fixed("تيرابايت"),
        "Mbps": _fixed("ميغابت في الثانية"),
        "Gbps": _fixed("غيغابت في الثانية"),
        "MB/s": _fixed("ميغابايت في الثانية"),
        "px": _fixed("بكسل"),
        "°": DEGREE,
        "°C": CELSIUS,
        "°م": CELSIUS,
        "℃": CELSIUS,
        "°F": FAHRENHEIT,
        "°ف": FAHRENHEIT,
    }
    months = _MONTHS
    other_months = _OTHER_MONTHS
    year_heads = word_set(
        "عام سنة العام لعام بعام وعام للعام السنة في منذ من إلى حتى قبل بعد بين خلال وفي ومنذ ومن وحتى عامي"
    )
    has_halves = True
    hour_heads = word_set("الساعة والساعة للساعة بالساعة")
    clock_tails = {"ص": "صباحا", "م": "مساء"}

    symbols = {
        "&": "و",
        "+": "زائد",
        "-": "ناقص",
        "=": "يساوي",
        "==": "يساوي",
        "<": "أصغر من",
        ">": "أكبر من",
        "<=": "أصغر من أو يساوي",
        ">=": "أكبر من أو يساوي",
        "≤": "أصغر من أو يساوي",
        "≥": "أكبر من أو يساوي",
        "!=": "لا يساوي",
        "≠": "لا يساوي",
        "≈": "يساوي تقريبا",
        "~": "حوالي",
        "×": "ضرب",
        "*": "ضرب",
        "÷": "على",
        "±": "زائد أو ناقص",
        "@": "آت",
        "%": "بالمئة",
        "#": "رقم",
        "$": "دولار",
        "€": "يورو",
        "£": "جنيه",
        "°": "درجة",
        "©": "حقوق النشر",
        "®": "علامة مسجلة",
        "™": "علامة تجارية",
        "§": "قسم",
        "√": "جذر",
        "∞": "ما لا نهاية",
        "∑": "مجموع",
        "∈": "ينتمي إلى",
        "/": "شرطة مائلة",
        "^": "أس",
        "→": "إلى",
        "->": "إلى",
        "=>": "إلى",
        "⇒": "إلى",
    }
    slash = "شرطة مائلة"
    dot = "نقطة"
    at = "آت"
    dash = "شرطة"
    underscore = "شرطة سفلية"
    colon = "نقطتان"
    backslash = "شرطة مائلة عكسية"
    tilde = "تلدة"
    hash = "هاشتاغ"
    words = {
        "c++": "سي بلس بلس",
        "c#": "سي شارب",
        "و/أو": "و أو",
        "24/7": "على مدار الساعة",
        "إلخ": "إلى آخره",
        "الخ": "إلى آخره",
        "ه": "هجرية",
        "هـ": "هجرية",
    }
    version = "الإصدار"
    versioned = word_set(
        "python java node ios android windows ubuntu الإصدار إصدار بايثون أندرويد ويندوز gpt"
    )
    acronyms_spelled = word_set(
        "AI AMD API ATM AWS CEO CFO CIA CTO CIO EU FBI IBM ID IMF IP IQ ISO IT IOS RNA DNA UI UK UN URL US"
        " USA USB USD UX VIP WHO IEEE OCR GUI IDE LED UV"
    )
    code_block = "مقطع برمجي."
    math = {
        "|": "القيمة المطلقة ل",
        "·": "ضرب",
        "/": "على",
        "→": "تؤول إلى",
        "⇒": "يستلزم",
        "⇔": "إذا وفقط إذا",
        "∉": "لا ينتمي إلى",
        "⊂": "مجموعة جزئية من",
        "∪": "اتحاد",
        "∩": "تقاطع",
        "∀": "لكل",
        "∃": "يوجد",
        "¬": "ليس",
        "∏": "جداء",
        "∫": "تكامل",
        "∂": "المشتقة الجزئية",
        "∇": "نابلا",
        "√": "الجذر التربيعي ل",
        "∛": "الجذر التكعيبي ل",
        "root": "الجذر {} ل",
        "!": "مضروب",
        "'": "فتحة",
        "²": "تربيع",
        "³": "تكعيب",
        "^": "أس",
        "_": "الدليل",
        "of": "ل",
        "from": "من",
        "to": "إلى",
        "sin": "جا",
        "cos": "جتا",
        "tan": "ظا",
        "log": "لوغاريتم",
        "ln": "اللوغاريتم الطبيعي",
        "lim": "نهاية",
        "as": "عندما",
        "mod": "باقي القسمة على",
    }
