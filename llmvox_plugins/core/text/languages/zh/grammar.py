"""Mandarin, as it is spoken on the mainland. Its words have no spaces between: rewrite() looks into them.

The gender "m" is that of what is measured or counted: before it, 2 is 两.
"""

from __future__ import annotations

import re
from decimal import Decimal

from ..base import Noun, Number
from .vocabulary import SCALES, MandarinVocabulary

__all__ = ["Mandarin"]

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d.])"
_ALONE = r"(?<![A-Za-z\d_.,:/@#$€£¥￥+=*×-])"  # in front of a number that is part of nothing else
_NOT_JOINED = r"(?![A-Za-z\d_:/=*×-])"  # behind one
# Behind 2 they make it 两; the exceptions are words of their own.
_COUNTED = (
    r"(?!元[一二三]?次?(?:方程|函数|论)|次[方元函]|年级|分之|人转|点[一二三四五六七八九零]|点\d(?!\d)|度空间|代身份证)"
    r"(?:[个位名人只条张本件辆台次种天年周岁元块毛角分秒点米斤克吨升倍架座家间所部场项款份杯瓶碗盒袋包箱层组队套双对"
    r"副把根支枝颗粒滴首篇封幅集句字口头匹棵株朵片面扇栋幢站趟遍回顿番下轮局段步章节页行列门届代批群类样身起笔则"
    r"道处方国省者侧边端例股艘千百万亿里排度刻]"
    r"|小时|星期|礼拜|公[里斤分顷升]|厘米|毫[米升克]|平方|立方|英[里尺寸镑]|[美欧日港澳加]元|大)"
)
_TIMES_OF_UNITS = "小时|时|秒|分钟|分|天|日|周|月|季|年"
_PER = re.compile(
    rf"(?<=[元块角里米次个度克升吨人件转帧节特金币镑万亿斤分瓦页])/"
    rf"(?={_TIMES_OF_UNITS}|人|次|个|件|[平立]方|公|千|米|克|升|吨|台|斤|瓶|盒|张|位|晚|夜)"
)
_SCORED = r"(?:(?<=以)|(?<=比分)|(?<=比分是)|(?<=比分为)|(?<=总分))"
_NUMBERED = (
    r"(?:(?<=[编学账卡尾房单型证工车]号)|(?<=号码)|(?<=号码是)|(?<=号码为)|(?<=密码)|(?<=密码是)|(?<=密码为)"
    r"|(?<=验证码)|(?<=验证码是)|(?<=验证码为)|(?<=代码)|(?<=邮编)|(?<=邮编是)|(?<=房间)|(?<=QQ)|(?<=[零幺二三四五六七八九]转))"
)
_CALLED = r"(?:(?<=拨打)|(?<=致电)|(?<=电话)|(?<=热线)|(?<=呼叫)|(?<=拨)|(?<=报警))"
_PHONE = re.compile(
    rf"""
    (?<![\dA-Za-z.,/-])
    (?: (?:\+?86[ -]?)? 1[3-9]\d (?:\d{{8}} | -\d{{4}}-\d{{4}})
      | \(0\d{{2,3}}\)-?\d{{7,8}} | 0\d{{2,3}}-\d{{7,8}} (?:-\d{{1,5}})? | 0\d{{2,3}}-\d{{4}}-\d{{4}}
      | [48]00-\d{{3,4}}-\d{{3,4}} | [48]00-\d{{7}}
    ) (?![\d/-]|\.\d)
  | {_CALLED} \d{{3,8}} (?![\d元块个次万人/:-]|\.\d)
    """,
    re.VERBOSE,
)
_DIGITS = re.compile(
    rf"""
    {_NUMBERED} \d{{3,20}} (?![\d.,:/-]|\.\d|[行个])
  | {_ALONE} \d{{3,4}} (?=室|房间|号房|号室)
  | {_ALONE} \d{{3}} (?=路公交|路车|路站)
  | (?<![A-Za-z\d_.-]) (?P<letters>[A-Z]{{1,4}}) (?P<behind>[1-9]\d{{2,3}}) (?![A-Za-z\d.,/-])
  | {_ALONE} (?P<event>\d{{1,2}}·\d{{1,2}}) (?=[{_HAN}])
  | (?:(?<=波音)|(?<=空客)) (?P<model>\d{{3}})
  | {_ALONE} (?P<born>\d[05]) (?=后)
  | {_ALONE} (?P<season>(?:19|20)\d\d[/-]\d\d) (?=赛季|年度|财年|学年)
  | {_ALONE} \d{{3,5}} (?=热线|急救|报警)
    """,
    re.VERBOSE,
)
_YEAR_AND_MONTH = re.compile(rf"{_ALONE}((?:19|20)\d\d)[-/.](0[1-9]|1[0-2]){_NOT_JOINED}(?!\.\d)(?=[^%]|$)")
_SCORE = re.compile(rf"{_SCORED}(\d{{1,3}})[-:](\d{{1,3}})(?![\d:.-])")
_TIMES = re.compile(r"(?:(?<=[1-9])|(?<=\d\d))[x×*](?=\d)")
_RANGE = re.compile(
    rf"{_ALONE}(?P<low>[-]?{_NUMBER}(?:%|℃|°C)?)(?P<sign>[~–—-])(?P<high>-?{_NUMBER})(?![/:=*×~–—-])"
)
_TILDE = re.compile(r"(?P<money>[¥￥$€£][\d,.]+)~(?=\d)|(?<=[\d%十百千万亿])~(?=\d)")
_PREFIX = re.compile(r"(?<![A-Za-z\d)\]])([~≈<>≤≥±]=?)(?=[-\d$€£¥￥])")
_AMOUNT = re.compile(rf"([¥￥$€£])({_NUMBER})([千百]?万亿?|亿|千|百)")
_PER_THOUSAND = re.compile(rf"{_ALONE}(-?)({_NUMBER})‰")
_POWER = re.compile(r"(?<=[A-Za-z\d)])\^(-?[A-Za-z\d]{1,3})(?![A-Za-z\d])")
_NUMERO = re.compile(r"(?<![A-Za-z])N[oO]\.\s?(?=\d)")
_YEAR = re.compile(
    r"""
    (?<![\d.,/]) (?P<year>(?:1[0-9]|20|21)\d\d)
    (?= (?P<span>[多余来]?年(?:多|来|前|以前|之前|之久|历史|的历史|的文明|文明|的时间)?)
      | [学财]年 | 届 | 级[^台] | [版款] | 赛季 | [至到](?:1[0-9]|20|21)\d\d(?:年|[学财]年|赛季) | 春节|年代 )
  | (?:(?<=公元)|(?<=公元前)) (?P<old>\d{3}) (?=年)
    """,
    re.VERBOSE,
)
_DURATION = re.compile(r"(?:近|约|达|距今|超过|有|过去|长达|经过|大约|至少|上下|了|历经)$")
_SIGNED = re.compile(
    rf"""
    {_ALONE} (?P<sign>[-+]?) (?P<number>{_NUMBER}) (?P<plus>\+?) (?=[{_HAN}])
    (?= (?P<counted> (?:到{_NUMBER})? (?:{_COUNTED}) )? ) (?= (?P<degrees>摄氏度|度)? )
    """,
    re.VERBOSE,
)
_HYPHEN = re.compile(rf"(?<=[{_HAN}])-(?=\d)")
_NEGATIVE = re.compile(
    rf"(?<=[为是到至约达于在有降])-(?=\d)|-(?={_NUMBER}(?:到-?{_NUMBER})?(?:度|摄氏|°|℃|%))"
)
_SLASH_UNIT = re.compile(rf"(?<=[{_HAN}\d])/(km|kg|m²|m³|m|g|L|l|ml|s|h|min)(?![A-Za-z²³])")
_SLASH = re.compile(rf"(?<=[{_HAN}])/(?=[{_HAN}])")
_SILENT = re.compile(rf"(?<=[{_HAN}])[~·•・#]+(?=[{_HAN}]|$)|#(?=[{_HAN}])|~+$")
_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_ROMANS = {"X" * (value // 10) + _ONES[value % 10]: value for value in range(1, 30)}
_ROMAN_NUMERAL = "|".join(sorted(_ROMANS, key=len, reverse=True))
_KINGS = "路易 亨利 查理 乔治 爱德华 威廉 伊丽莎白 拿破仑 保罗 约翰 腓力 亚历山大 尼古拉 本笃 第".split()
_ROMAN = re.compile(
    rf"(?:{'|'.join(f'(?<={name})' for name in _KINGS)})({_ROMAN_NUMERAL})(?![A-Za-z\d])"
    rf"|(?<![A-Za-z\d])({_ROMAN_NUMERAL})(?=[型级期类章卷部代世号度相区集季]|阶段)"
)
_TO_REWRITE = re.compile(r"[\d/~·•・#IVX]")
_HAN_SCALES = {"亿": 10**8, "万": 10**4}


class Mandarin(MandarinVocabulary):
    # Numbers

    def cardinal(self, number: int, gender: str = "") -> str:
        if self.spells and 10**12 <= number < 10**15:  # CLDR has 兆, which is a million here
            high, low = divmod(number, 10**8)
            zero = "零" if 0 < low < 10**7 else ""
            return f"{super().cardinal(high, 'm')}亿{zero}{super().cardinal(low, 'm') if low else ''}"
        return super().cardinal(number, gender or ("m" if number > 2 else ""))

    def ordinal(self, number: int, gender: str = "") -> str:
        return f"第{self.cardinal(number)}"

    def regnal(self, number: int) -> str:
        return f"{self.cardinal(number)}世"

    def digits(self, digits: str) -> str:
        return "".join(self.cardinal(int(digit)) for digit in digits)

    def phone_group(self, digits: str) -> str:
        return self.digits(digits).replace("一", "幺")

    def number(self, number: Number, gender: str = "") -> str:
        return super().number(number, gender).replace(" ", "")

    def fractional(self, whole: str, number: Number) -> str:
        return super().fractional(whole, number).replace(" ", "")

    def signed(self, sign: str) -> str:
        return {"-": "负", "+": "正"}.get(sign, "")

    def year(self, year: int) -> str:
        return self.digits(str(year))

    def decade(self, year: int, *, short: bool) -> str:
        return f"{self.cardinal(year) if short else self.year(year)}年代"

    def fraction(self, numerator: int, denominator: int) -> str:
        return f"{self.cardinal(denominator)}分之{self.cardinal(numerator)}"

    def power(self, exponent: str) -> str:
        return f"的 {exponent} 次方"

    def quotient(self, numerator: str, denominator: str) -> str:
        return f"{denominator} 分之 {numerator}"

    def mixed(self, whole: str, fraction: str) -> str:
        return f"{whole}又{fraction}"

    def range(self, low: str, high: str) -> str:
        return f"{low}到{high}"

    def ratio(self, first: int, second: int) -> str:
        return f"{self.cardinal(first)}比{self.cardinal(second)}"

    # Counted things

    def counted(self, number: Number, noun: Noun) -> str:
        if number.sign == "-" and noun.one in ("摄氏度", "华氏度"):
            return f"零下{self.counted(number._replace(sign=''), noun)}"
        space = " " if noun.one[:1].isascii() else ""
        return f"{self.number(number, noun.gender)}{space}{noun.one}"

    def scaled(self, number: Number, scale: str) -> str:
        if len(scale) < 3:  # "7B", "128K": of what, nobody knows
            return f"{self.number(number)} {scale}"
        return self._multiplied(number, SCALES[scale])

    def money(self, number: Number, currency: str) -> str:
        fraction = number.fraction.rstrip("0") if len(number.fraction) == 2 else number.fraction
        return self.counted(number._replace(fraction=fraction), self.currencies[currency][0])

    def scaled_money(self, number: Number, scale: str, currency: str) -> str:
        return f"{self._multiplied(number, SCALES[scale])}{self.currencies[currency][0].one}"

    def _multiplied(self, number: Number, factor: int) -> str:
        value = Decimal(f"{number.whole or '0'}.{number.fraction or '0'}") * factor
        name, size = next(((name, size) for name, size in _HAN_SCALES.items() if value >= size), ("", 1))
        whole, _, fraction = f"{value / size:f}".partition(".")
        return self.number(Number(number.sign, whole, fraction.rstrip("0")), "m") + name

    def percentage(self, words: str) -> str:
        return f"负百分之{words[1:]}" if words.startswith("负") else f"百分之{words}"

    # Dates and times

    def date(self, day: int, month: int, year: int | None) -> str:
        words = f"{self.cardinal(month)}月{self.cardinal(day)}日"
        return words if year is None else f"{self.year(year)}年{words}"

    def time(self, hour: int, minute: int, second: int | None = None, *, half: str = "") -> str:
        part = {"am": "上午", "pm": "下午"}.get(half, "")
        if half == "pm" and hour > 5:
            part = "中午" if hour == 12 else "晚上"
        words = f"{part}{self.cardinal(hour, 'm')}点"
        if minute or second:
            zero = "零" if minute < 10 and self.spells and minute else ""
            words += f"{zero}{self.cardinal(minute)}分"
        return f"{words}{self.cardinal(second)}秒" if second else words

    # Among words

    def rewrite(self, text: str, before: str = "", after: str = "") -> str:
        if not _TO_REWRITE.search(text):
            return text
        head, tail = self._neighbours(text, before, after)
        said = self._rewritten(head + text + tail)
        if not said.startswith(head) or not said.endswith(tail):
            head = tail = ""
            said = self._rewritten(text)
        return said[len(head) : len(said) - len(tail)]

    @staticmethod
    def _neighbours(text: str, before: str, after: str) -> tuple[str, str]:
        """As much of the words around as may matter: Han characters next to digits."""
        head = re.search(rf"[{_HAN}]{{0,4}}$", before) if text[0].isdigit() else None
        tail = re.match(rf"[{_HAN}]{{0,4}}", after) if text[-1].isdigit() else None
        return head.group() if head else "", tail.group() if tail else ""

    def _rewritten(self, text: str) -> str:
        text = _ROMAN.sub(lambda found: self.cardinal(_ROMANS[found[1] or found[2]]), text)
        text = _PHONE.sub(self._phone, text)
        text = _DIGITS.sub(self._digits, text)
        text = _NUMERO.sub("第", text)
        text = _YEAR_AND_MONTH.sub(self._year_and_month, text)
        text = _SCORE.sub(lambda found: self.ratio(int(found[1]), int(found[2])), text)
        text = _TIMES.sub("乘", text)
        text = _RANGE.sub(self._range, text)
        text = _TILDE.sub(lambda found: f"{found['money']}-" if found["money"] else "到", text)
        text = _PREFIX.sub(lambda found: self.comparisons.get(found[1], found[1]), text)
        text = _AMOUNT.sub(lambda found: f"{found[2]}{found[3]}{self.currencies[found[1]][0].one}", text)
        text = _POWER.sub(r"的\1次方", text)
        text = _PER_THOUSAND.sub(self._per_thousand, text)
        text = self._hyphens(text)
        text = _YEAR.sub(self._year, text)
        text = _SIGNED.sub(self._number, text)
        text = _PER.sub("每", text)
        text = _SLASH_UNIT.sub(lambda found: f"每{self.units[found[1]].one}", text)
        return _SILENT.sub("", _SLASH.sub("、", text))

    def _phone(self, found: re.Match[str]) -> str:
        groups = [self.phone_group(group) for group in re.findall(r"\d+", found[0])]
        return ("加" if found[0].startswith("+") else "") + "".join(groups)

    def _digits(self, found: re.Match[str]) -> str:
        if found["letters"]:
            digits = found["behind"]
            if found.string[found.end() : found.end() + 1] == "次":  # a train
                return found["letters"] + self.phone_group(digits)
            said = self.cardinal(int(digits)) if digits.endswith("00") else self.digits(digits)
            return f"{found['letters']} {said}"
        plain = found["event"] or found["model"] or found["born"] or found["season"]
        return self.digits(re.sub(r"\D", "", plain)) if plain else self.phone_group(found[0])

    def _year_and_month(self, found: re.Match[str]) -> str:
        return f"{self.year(int(found[1]))}年{self.cardinal(int(found[2]))}月"

    def _range(self, found: re.Match[str]) -> str:
        low, high = (float(re.sub(r"[^\d.]", "", found[name])) for name in ("low", "high"))
        if found["sign"] == "-" and re.match(r"0\d", found["low"]):
            return found[0]  # a number of something
        if found["sign"] == "-" and low >= high:
            is_score = max(low, high) < 200 and (found["low"] + found["high"]).isdigit()
            return self.ratio(int(low), int(high)) if is_score else found[0]
        behind = found.string[found.end() : found.end() + 1]
        if 1000 <= low < high <= 2100 and not re.match(f"[{_HAN}]", behind):
            return f"{found['low']}-{found['high']}"  # years, in all likelihood
        return f"{found['low']}到{found['high']}"

    def _per_thousand(self, found: re.Match[str]) -> str:
        return f"{self.signed(found[1])}千分之{self.number(_number(found[2]))}"

    def _year(self, found: re.Match[str]) -> str:
        if found["old"]:
            return self.digits(found["old"])
        digits, span = found["year"], found["span"] or ""
        if digits.endswith("00"):
            before = found.string[max(found.start() - 4, 0) : found.start()]
            if len(span) > 1 or digits == "1000" or _DURATION.search(before):
                return self.cardinal(int(digits))
        return digits if span[:1] in ("多", "余", "来") else self.year(int(digits))

    def _hyphens(self, text: str) -> str:
        """Behind a word, a hyphen parts a number from it ("歼-20"), unless that is clearly below zero.

        Behind a unit, it is a range: "1日-7日".
        """
        kept = {found.start() for found in _NEGATIVE.finditer(text)}

        def said(found: re.Match[str]) -> str:
            if found.start() in kept:
                return "-"
            return "到" if text[found.start() - 1] in "年月日号点时分秒元米斤度" else ""

        return _HYPHEN.sub(said, text)

    def _number(self, found: re.Match[str]) -> str:
        number = _number(found["number"], found["sign"])
        before = found.string[: found.start()][-2:]
        is_counted = found["counted"] and not before.endswith(("第", "初"))
        plus = "加" if found["plus"] else ""
        if found["degrees"] and number.sign == "-":
            return f"零下{self.number(number._replace(sign=''), 'm')}"
        if len(number.whole) > 8 and not number.fraction and not number.whole.endswith("000"):
            return self.digits(number.whole)
        return self.number(number, "m" if is_counted else "") + plus


def _number(text: str, sign: str = "") -> Number:
    whole, _, fraction = text.replace(",", "").partition(".")
    return Number(sign, whole, fraction)
