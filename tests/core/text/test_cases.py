"""What a person would read out: the cases in data/, which were written without sight of the code."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from llmvox_plugins.core.text import Characters, Speakable, TextOptions, WordBuffer, spoken_words

DATA = Path(__file__).parent / "data"
_CASES = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "cases.py"))
load_cases, same = _CASES["load_cases"], _CASES["same"]

NOT_YET = {
    "I should be brief.</think>Hello there.": "what was said before the tag came cannot be taken back",
}
"""Cases that are read otherwise, and why."""


def name(case: Any) -> str:
    return f"{case.language}-{case.kind}-{case.written[:24]!r}"


@pytest.mark.parametrize("case", load_cases(DATA / "cases.tsv"), ids=name)
def test_it_is_read_out_as_a_person_would(case: Any) -> None:
    said = " ".join(word.text for word in spoken_words(case.written, case.language))
    assert same(said, case.spoken, case.language) == (case.written not in NOT_YET), said


def test_cases_that_no_rule_was_made_for_are_mostly_read_right() -> None:
    """When they were written, 185 of the 250 were: see benchmarks/README.md."""
    right = dict.fromkeys(("en", "de", "fr", "es", "ar", "zh"), 0)
    for case in load_cases(DATA / "cases_held_out.tsv"):
        said = " ".join(word.text for word in spoken_words(case.written, case.language))
        right[case.language] += same(said, case.spoken, case.language)
    least = {"en": 97, "de": 27, "fr": 25, "es": 29, "ar": 14, "zh": 29}
    assert all(right[language] >= count for language, count in least.items()), right


def readme_rows() -> list[tuple[str, str, str]]:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| written | said |\n|---|---|\n")[2].partition("\n\n")[0]
    languages = {"": "en", " (German)": "de", " (Chinese)": "zh"}
    rows = re.findall(r"^\| `(.*)`( \(\w+\))? \| (.*) \|$", table, re.MULTILINE)
    assert len(rows) == len(table.splitlines())
    return [(written.replace("\\|", "|"), languages[name], said) for written, name, said in rows]


@pytest.mark.parametrize(("written", "language", "said"), readme_rows())
def test_the_readme_tells_what_is_said(written: str, language: str, said: str) -> None:
    assert " ".join(word.text for word in spoken_words(written, language)) == said


def sentences() -> list[tuple[str, str, str]]:
    lines = (DATA / "sentences.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("# ")]
    return [(language, written, parts) for language, written, parts in rows[1:]]


def plain(text: str, language: str) -> str:
    """As it is compared: quotes straight, no space before a mark, none at all in Chinese."""
    text = text.translate(str.maketrans("“”„’‘", '"""\'\'', "«»"))
    return ("" if language == "zh" else " ").join(re.sub(r"\s+(?=[!?:;,.])", "", text).split())


@pytest.mark.parametrize(("language", "written", "parts"), sentences())
def test_sentences_end_where_a_person_hears_it(language: str, written: str, parts: str) -> None:
    text = written.replace("\\n", "\n").replace("\\\\", "\\")
    options = TextOptions(language=language)
    speakable, characters, words = Speakable(options), Characters(options), WordBuffer(options)
    found = words.feed(characters.feed(speakable.feed(text) + speakable.flush())) + words.flush()
    marked = "".join(word.text + ("|" if word.ends_sentence else " ") for word in found)
    expected = [plain(part, language) for part in parts.replace("\\n", "\n").split(" | ")]
    assert [plain(part, language) for part in marked.split("|") if part] == expected
