from __future__ import annotations

import pytest

from llmvox_plugins.core.errors import ConfigurationError
from llmvox_plugins.core.text import ALL_STEPS, Normalizer, Step, TextOptions, TextReader, Word
from llmvox_plugins.core.text.languages import Number, language_of

EVERYTHING = (
    "On Jan. 3, 2025 Dr. Li paid $3.50 for 2 kg & 20% at 10:30 AM; call (555) 123-4567, see v1.2.3 of a/b.py,"
    " the 21st FBI file and -5 of 1,234 in the 1990s."
)


def written(text: str) -> list[Word]:
    words = []
    at = 0
    for part in text.split():
        at = text.index(part, at)
        words.append(Word(part, (at, at + len(part)), part.endswith((".", "!", "?"))))
    return words


def said(text: str, options: TextOptions | None = None) -> str:
    reader = TextReader(options or TextOptions())
    return " ".join(word.text for word in reader.feed(text) + reader.flush())


def test_a_word_that_needs_no_rewriting_is_the_same_object() -> None:
    words = written("Plain words, and so on")
    assert all(map(lambda new, old: new is old, Normalizer(TextOptions()).feed(words), words))


def test_a_number_waits_for_what_it_may_count_and_no_longer() -> None:
    machine = Normalizer(TextOptions())
    words = written("It costs $5 million now")
    assert [word.text for word in machine.feed(words[:2])] == ["It", "costs"]
    assert machine.feed(words[2:3]) == []
    assert machine.feed(words[3:4]) == []  # "million dollars" could follow
    assert [word.text for word in machine.feed(words[4:])] == ["five", "million", "dollars", "now"]


def test_a_number_that_ends_its_sentence_waits_for_nothing() -> None:
    machine = Normalizer(TextOptions())
    assert [word.text for word in machine.feed(written("It costs $5."))] == [
        "It",
        "costs",
        "five",
        "dollars.",
    ]


def test_only_the_last_word_of_a_group_ends_the_sentence() -> None:
    words = Normalizer(TextOptions()).feed(written("at $5.20."))
    assert [word.ends_sentence for word in words] == [False] * (len(words) - 1) + [True]
    assert {word.span for word in words[1:]} == {(3, 9)}


@pytest.mark.parametrize(
    ("off", "kept"),
    [
        ("money", "$3.50"),
        ("dates", "10:30"),
        ("units", "kg"),
        ("symbols", "&"),
        ("abbreviations", "Dr."),
        ("acronyms", "FBI"),
        ("addresses", "a/b.py,"),
    ],
)
def test_what_a_step_rewrites_stays_as_written_without_it(off: Step, kept: str) -> None:
    others = {step for step in ALL_STEPS if step not in (off, "numbers", "symbols")}
    assert kept in said(EVERYTHING, TextOptions(steps=frozenset(others))).split()
    assert kept not in said(EVERYTHING).split()


def test_a_voice_that_reads_digits_gets_digits() -> None:
    text = said(EVERYTHING, TextOptions(steps=ALL_STEPS - {"numbers"}))
    for part in (
        "3 dollars and 50 cents",
        "2 kilograms",
        "20 percent",
        "21st",
        "-5",
        "1,234",
        "Doctor",
        "v1.2.3",
    ):
        assert part in text


def test_a_voice_that_rewrites_nothing_gets_what_is_written() -> None:
    assert said(EVERYTHING, TextOptions(steps=frozenset())) == EVERYTHING


def test_letters_may_be_dotted_for_a_voice_that_takes_a_lone_a_for_a_word() -> None:
    text = "The FBI, at 10 AM, read PDFs of a U.S. API and AT&T."
    assert said(text) == "The F B I, at ten A M, read P D Fs of a U S A P I and A T and T."
    assert said(text, TextOptions(letters="dotted")) == (
        "The F.B.I, at ten A.M, read P.D.F's of a U.S A.P.I and A.T and T."
    )


def test_a_language_that_is_not_known_gets_what_is_written() -> None:
    text = "Det kostar 5 kr. & 20% av 3/4, t.ex. FBI"
    assert said(text, TextOptions(language="sv")) == text


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ar", "zh"])
def test_every_language_says_everything_with_digits_as_well(language: str) -> None:
    text = "am 3. 5 km $5 €3,50 10:30 21st 1/2 2 1/2 5-10% 1990s 2024-01-15 XIV 1,5 Mio 5x -3°C 8/10 2e 14h30"
    digits = said(text, TextOptions(language=language, steps=ALL_STEPS - {"numbers"}))
    assert any(map(str.isdigit, digits))
    spelled = said(text, TextOptions(language=language))
    assert not any(map(str.isdigit, spelled)), spelled


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ar", "zh"])
def test_numbers_of_any_size_can_be_said(language: str) -> None:
    speech = language_of(language)
    for digits in ("0", "7", "100", "1" * 15, "9" * 16, "9" * 300, "007"):
        assert speech.number(Number("-", digits))
        assert not any(map(str.isdigit, speech.number(Number("", digits, "05"))))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"code_blocks": "anounce"}, "did you mean 'announce'"),
        ({"emoji": "names"}, "did you mean 'name'"),
        ({"letters": "dots"}, "did you mean 'dotted'"),
        ({"steps": frozenset({"number"})}, "did you mean 'numbers'"),
    ],
)
def test_an_option_that_there_is_not_is_answered_with_one_that_there_is(
    options: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        TextOptions(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said_so"),
    [
        ("The cat sat. Plants need sun.", "The cat sat. Plants need sun."),
        ("Meet Max. I talked to Jan. Done.", "Meet Max. I talked to Jan. Done."),
        ("Give me a sec. I wait. One more rep. Rest.", "Give me a sec. I wait. One more rep. Rest."),
        ("Rep. Smith met Dr. Lee in Jan. Then", "Representative Smith met Doctor Lee in January. Then"),
        ("Seat 14B, a V6 engine, Form 8-K", "Seat fourteen B, a V six engine, Form eight K"),
        ("a 7B model won 102-98", "a seven billion model won one hundred two to ninety-eight"),
        ("The boot is 747-400.", "The boot is seven hundred forty-seven four hundred."),
        ("Solve 2x - 1 = 5 with x = -b", "Solve two x minus one equals five with x equals minus b"),
        ("F(n-1) and 10-3=7 in UTC-5", "F n minus one and ten minus three equals seven in U T C minus five"),
        ("gives +700 ml", "gives plus seven hundred milliliters"),
        ("at 9.8 m/s^2", "at nine point eight meters per second squared"),
    ],
)
def test_words_that_look_like_something_else_are_left_alone(text: str, said_so: str) -> None:
    assert said(text) == said_so
