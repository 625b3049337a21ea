"""Mandarin: what things are called, and how it is written."""

from __future__ import annotations

import re

from ..base import Language, Noun, word_set

__all__ = ["MandarinVocabulary"]

_NONE = Noun("", "")


def _noun(name: str) -> Noun:
    return Noun(name, name, "m")


def _money(name: str) -> tuple[Noun, Noun]:
    return _noun(name), _NONE


SCALES = {"K": 10**3, "k": 10**3, "M": 10**6, "m": 10**6, "B": 10**9, "b": 10**9, "bn": 10**9, "T": 10**12}
SCALES |= {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


class MandarinVocabulary(Language):
    tag = "zh"
    unspaced = True

    abbreviations = {
        "dr": "",
        "mr": "",
        "mrs": "",
        "ms": "",
        "prof": "",
        "vs": "对",
        "e.g": "例如",
        "i.e": "即",
        "fig": "图",
        "no": "",
    }
    endings = {"etc": "等等", "inc": "", "ltd": "", "co": "", "corp": "", "jr": "", "st": ""}
    joiners = word_set("但是 而且 并且 或者 因为 所以 如果 虽然 不过 然而")

    cardinals = {"": "spellout-cardinal", "m": "spellout-cardinal-alternate2"}
    ordinals = {"": "spellout-ordinal"}
    point = "点"
    minus = "减"
    plus = "加"
    range_word = "到"
    percent = "百分之"
    per = "每"
    times = "倍"
    over = "分之"
    by = "乘"
    scales = {name: (name, name) for name in SCALES}
    phone = re.compile(r"(?:\+?86 )?1[3-9]\d ?\d{4} ?\d{4}|[48]00 \d{3,4} \d{3,4}|0\d{2,3}[ -]\d{7,8}")
    digit_heads = frozenset(("拨打", "致电", "电话", "热线", "拨"))
    comparisons = {
        "~": "约",
        "≈": "约",
        "<": "小于",
        ">": "大于",
        "≤": "小于等于",
        "<=": "小于等于",
        "≥": "大于等于",
        ">=": "大于等于",
        "±": "正负",
    }

    currencies = {
        "$": _money("美元"),
        "US$": _money("美元"),
        "USD": _money("美元"),
        "A$": _money("澳元"),
        "AUD": _money("澳元"),
        "C$": _money("加元"),
        "CAD": _money("加元"),
        "HK$": _money("港元"),
        "HKD": _money("港元"),
        "NT$": _money("新台币"),
        "TWD": _money("新台币"),
        "S$": _money("新加坡元"),
        "SGD": _money("新加坡元"),
        "€": _money("欧元"),
        "EUR": _money("欧元"),
        "£": _money("英镑"),
        "GBP": _money("英镑"),
        "¥": _money("元"),
        "￥": _money("元"),
        "CNY": _money("元人民币"),
        "RMB": _money("元人民币"),
        "JPY": _money("日元"),
        "₩": _money("韩元"),
        "KRW": _money("韩元"),
        "₹": _money("卢比"),
        "INR": _money("卢比"),
        "₽": _money("卢布"),
        "RUB": _money("卢布"),
        "CHF": _money("瑞士法郎"),
        "₿": _money("个比特币"),
        "BTC": _money("个比特币"),
        "¢": _money("美分"),
    }
    units = {
        "mm": _noun("毫米"),
        "cm": _noun("厘米"),
        "dm": _noun("分米"),
        "m": _noun("米"),
        "km": _noun("公里"),
        "µm": _noun("微米"),
        "μm": _noun("微米"),
        "nm": _noun("纳米"),
        "ft": _noun("英尺"),
        "mi": _noun("英里"),
        "mm²": _noun("平方毫米"),
        "cm²": _noun("平方厘米"),
        "m²": _noun("平方米"),
        "㎡": _noun("平方米"),
        "km²": _noun("平方公里"),
        "cm³": _noun("立方厘米"),
        "m³": _noun("立方米"),
        "ha": _noun("公顷"),
        "µg": _noun("微克"),
        "μg": _noun("微克"),
        "mg": _noun("毫克"),
        "g": _noun("克"),
        "kg": _noun("公斤"),
        "t": _noun("吨"),
        "oz": _noun("盎司"),
        "lb": _noun("磅"),
        "lbs": _noun("磅"),
        "ml": _noun("毫升"),
        "mL": _noun("毫升"),
        "l": _noun("升"),
        "L": _noun("升"),
        "ns": _noun("纳秒"),
        "μs": _noun("微秒"),
        "µs": _noun("微秒"),
        "ms": _noun("毫秒"),
        "s": _noun("秒"),
        "sec": _noun("秒"),
        "min": _noun("分钟"),
        "mins": _noun("分钟"),
        "h": _noun("小时"),
        "hr": _noun("小时"),
        "hrs": _noun("小时"),
        "km/h": _noun("公里每小时"),
        "kph": _noun("公里每小时"),
        "mph": _noun("英里每小时"),
        "m/s": _noun("米每秒"),
        "m/s²": _noun("米每二次方秒"),
        "Hz": _noun("赫兹"),
        "kHz": _noun("千赫兹"),
        "MHz": _noun("兆赫兹"),
        "GHz": _noun("吉赫兹"),
        "W": _noun("瓦"),
        "kW": _noun("千瓦"),
        "MW": _noun("兆瓦"),
        "GW": _noun("吉瓦"),
        "Wh": _noun("瓦时"),
        "kWh": _noun("千瓦时"),
        "V": _noun("伏"),
        "mV": _noun("毫伏"),
        "kV": _noun("千伏"),
        "A": _noun("安"),
        "mA": _noun("毫安"),
        "mAh": _noun("毫安时"),
        "Ω": _noun("欧姆"),
        "J": _noun("焦耳"),
        "kJ": _noun("千焦"),
        "cal": _noun("卡"),
        "kcal": _noun("千卡"),
        "N": _noun("牛顿"),
        "Pa": _noun("帕"),
        "hPa": _noun("百帕"),
        "kPa": _noun("千帕"),
        "MPa": _noun("兆帕"),
        "dB": _noun("分贝"),
        "KB": _noun("KB"),
        "kB": _noun("KB"),
        "MB": _noun("MB"),
        "GB": _noun("GB"),
        "TB": _noun("TB"),
        "PB": _noun("PB"),
        "kbps": _noun("千比特每秒"),
        "Mbps": _noun("兆比特每秒"),
        "Gbps": _noun("吉比特每秒"),
        "MB/s": _noun("MB每秒"),
        "GB/s": _noun("GB每秒"),
        "px": _noun("像素"),
        "fps": _noun("帧每秒"),
        "rpm": _noun("转每分钟"),
        "°": _noun("度"),
        "°C": _noun("摄氏度"),
        "℃": _noun("摄氏度"),
        "°F": _noun("华氏度"),
        "℉": _noun("华氏度"),
    }
    months = tuple(f"{number}月" for number in "一 二 三 四 五 六 七 八 九 十 十一 十二".split())
    has_halves = True

    symbols = {
        "&": "和",
        "+": "加",
        "-": "减",
        "=": "等于",
        "==": "等于",
        "<": "小于",
        ">": "大于",
        "<=": "小于等于",
        ">=": "大于等于",
        "≤": "小于等于",
        "≥": "大于等于",
        "!=": "不等于",
        "≠": "不等于",
        "≈": "约等于",
        "~": "约",
        "×": "乘",
        "*": "乘",
        "÷": "除以",
        "±": "正负",
        "@": "艾特",
        "%": "百分号",
        "#": "井号",
        "$": "美元",
        "€": "欧元",
        "£": "英镑",
        "¥": "元",
        "￥": "元",
        "°": "度",
        "℃": "摄氏度",
        "©": "版权",
        "®": "注册商标",
        "™": "商标",
        "√": "根号",
        "∞": "无穷大",
        "∑": "求和",
        "∈": "属于",
        "/": "斜杠",
        "^": "的",
        "→": "到",
        "->": "到",
        "=>": "到",
        "⇒": "推出",
    }
    slash = "斜杠"
    dot = "点"
    at = "艾特"
    dash = "横杠"
    underscore = "下划线"
    colon = "冒号"
    backslash = "反斜杠"
    tilde = "波浪号"
    hash = "话题"
    words = {
        "c++": "C加加",
        "c#": "C sharp",
        "f#": "F sharp",
        "g++": "G加加",
        ".net": "点NET",
        "n/a": "不适用",
        "a/b": "A B",
        "i/o": "I O",
        "24/7": "全天候",
        "tcp/ip": "T C P I P",
        "vs": "对",
    }
    version = "版本"
    acronyms_spelled = word_set(
        "AAA AED AGI AI AIGC AMD API APIS APP AR ATM AWS CAI CBA CEO CFO CIA COO CTO DIY DNA EMO EQ ESG"
        " ETF EU EUV EV FBI GEO GUI IBM IC ICU ID IDC IDE IEEE IMF IO IOS IOT IP IPO IQ ISO ISP IT KOL LED"
        " MOE NBA OA OCR OEM OLED OS PE PUA RNA ROI SAT SUV UDP UFO UI UK UN UP UPS URL US USA USB USD"
        " USDT UV UX VIP WHO WTO"
    )
    code_block = "代码块。"
    math = {
        "×": "乘以",
        "·": "乘以",
        "/": "除以",
        "→": "趋向于",
        "⇔": "等价于",
        "∉": "不属于",
        "⊂": "包含于",
        "∪": "并",
        "∩": "交",
        "∀": "对任意",
        "∃": "存在",
        "¬": "非",
        "∏": "连乘",
        "∫": "积分",
        "∂": "偏",
        "∇": "梯度",
        "∛": "三次根号",
        "root": "{}次根号",
        "!": "的阶乘",
        "'": "撇",
        "²": "的平方",
        "³": "的立方",
        "^": "的",
        "_": "下标",
        "of": "",
        "from": "从",
        "to": "到",
        "sin": "正弦",
        "cos": "余弦",
        "tan": "正切",
        "log": "log",
        "ln": "ln",
        "lim": "极限",
        "as": "当",
        "mod": "模",
    }
