"""Is written text read out as a native speaker would, how soon is each word certain, and what does it cost?

Prints tables in Markdown; see README.md for what they say.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import re
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from cases import Case, load_cases, same
from readers import READERS, knows, missing, versions
from tables import Figures, markdown_table

from llmvox_plugins.core.text import TextOptions, TextReader

HERE = Path(__file__).parent
CASES = HERE.parent / "tests" / "core" / "text" / "data" / "cases.tsv"
ANSWERS = HERE / "markdown_answers.md"
ANSWERS_END = "\n<!-- answer -->\n"
LINES_PER_PARAGRAPH = 20
DELTA = 4
MILLIONS = (0.25, 0.5, 1.0, 2.0)
PERCENTS = {"p50": 50, "p90": 90, "p99": 99, "max": 100}

FREQUENT_WORDS = {
    "en": "the of and to is in you that for it with are your",
    "de": "der die das und ist nicht ein eine mit zu den von auf",
    "fr": "le les et est du pour dans vous une sur avec au ou",
    "es": "el los y por para con del se un las más si al",
}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    logging.disable(logging.WARNING)  # the others' news
    sources = {path.name: _paragraphs(path) for path in options.corpus}
    sources[ANSWERS.name] = ANSWERS.read_text(encoding="utf-8").split(ANSWERS_END)
    report: Figures = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": versions(),
        "right": _right(load_cases(options.cases)),
        "delay": [{"source": name, **_delays(texts)} for name, texts in sources.items()],
        "cost": [
            {"source": name, **_cost("\n\n".join(texts), options.repeats)} for name, texts in sources.items()
        ],
    }
    print(json.dumps(report, indent=2, ensure_ascii=False) if options.json else _tables(report))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How text is read, by ours and others.")
    parser.add_argument(
        "--corpus", type=Path, action="append", default=[], metavar="PATH", help="prose, one sentence a line"
    )
    parser.add_argument("--cases", type=Path, default=CASES, metavar="PATH", help="those of the tests")
    parser.add_argument(
        "--repeats", type=int, default=3, metavar="N", help="runs of which the best counts (3)"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


def _paragraphs(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").split("\n")
    sentences = [line.strip() for line in lines if line.strip()]
    starts = range(0, len(sentences), LINES_PER_PARAGRAPH)
    return [" ".join(sentences[start : start + LINES_PER_PARAGRAPH]) for start in starts]


def language_of(text: str) -> str:
    """Which of the languages of the answers a text is in."""
    if len(re.findall(r"[\u0600-\u06ff]", text)) > len(text) / 4:
        return "ar"
    if len(re.findall(r"[\u4e00-\u9fff]", text)) > len(text) / 8:
        return "zh"
    words = Counter(re.findall(r"\w+", text.lower()))
    return max(
        FREQUENT_WORDS, key=lambda language: sum(words[word] for word in FREQUENT_WORDS[language].split())
    )


# Cases right


def _right(cases: Sequence[Case]) -> list[Figures]:
    return [{"reader": name, **_score(name, cases)} for name in READERS]


def _score(name: str, cases: Sequence[Case]) -> Figures:
    """How many cases are read right of each language that the reader knows, and of each English kind."""
    if how := missing(name):
        return {"missing": how}
    known = [case for case in cases if knows(name, case.language)]
    readings = [(case, _reading(name, case)) for case in known]
    right = [case for case, spoken in readings if spoken is not None and _is_right(case, spoken)]
    return {
        "languages": _shares(_languages(right), _languages(known)),
        "kinds": _shares(_english_kinds(right), _english_kinds(known)),
        "but_for_spaces": sum(
            spoken is not None and _is_right(case, spoken, but_for_spaces=True) for case, spoken in readings
        ),
        "failed": sum(spoken is None for _, spoken in readings),
    }


def _reading(name: str, case: Case) -> str | None:
    """None if the reader raised an error: then nothing would be heard."""
    try:
        return READERS[name](case.written, case.language)
    except Exception as error:  # noqa: BLE001
        print(f"{name}: {case.written!r}: {error!r}", file=sys.stderr)
        return None


def _is_right(case: Case, spoken: str, *, but_for_spaces: bool = False) -> bool:
    return same(spoken, case.spoken, case.language, but_for_spaces=but_for_spaces)


def _languages(cases: Sequence[Case]) -> Counter[str]:
    return Counter(case.language for case in cases)


def _english_kinds(cases: Sequence[Case]) -> Counter[str]:
    return Counter(case.kind for case in cases if case.language == "en")


def _shares(right: Mapping[str, int], total: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    return {key: (right[key], total[key]) for key in sorted(total)}


# Release delay


def _delays(texts: Sequence[str]) -> Figures:
    """How many more characters than a word has were read when it was released, one at a time."""
    delays: list[int] = []
    flushed = 0
    for text in texts:
        reader = TextReader(TextOptions(language=language_of(text)))
        for read, char in enumerate(text, 1):
            delays += (read - word.span[1] for word in reader.feed(char))
        flushed += len(reader.flush())
    percentiles = np.percentile(delays, list(PERCENTS.values()), method="inverted_cdf")
    return {
        "words": len(delays),
        "flushed": flushed,
        **dict(zip(PERCENTS, map(int, percentiles), strict=True)),
    }


# Cost


def _cost(text: str, repeats: int) -> Figures:
    """Microseconds for a character of a text that is repeated until it is long."""
    language = language_of(text)
    costs = {}
    for millions in MILLIONS:
        length = int(millions * 1e6)
        long = (text * (length // len(text) + 1))[:length]
        costs[str(millions)] = min(_seconds(long, language) for _ in range(repeats)) * 1e6 / length
    return {"microseconds": costs}


def _seconds(text: str, language: str) -> float:
    reader = TextReader(TextOptions(language=language))
    deltas = [text[start : start + DELTA] for start in range(0, len(text), DELTA)]
    began = time.process_time()
    for delta in deltas:
        reader.feed(delta)
    reader.flush()
    return time.process_time() - began


# Tables


def _tables(report: Figures) -> str:
    here = [row for row in report["right"] if "missing" not in row]
    lines = [f"{row['reader']} is not here: {row['missing']}" for row in report["right"] if "missing" in row]
    lines += [f"{row['reader']} raised an error for {row['failed']} cases" for row in here if row["failed"]]
    sizes = [f"{millions:g} M characters" for millions in MILLIONS]
    parts = [
        "\n".join(lines),
        markdown_table(
            ["read right", *_columns(here, "languages"), "all", "but for spaces"],
            [_languages_row(row, here) for row in here],
        ),
        _kinds([row for row in here if row["kinds"]]),
        markdown_table(
            ["characters after its end", *PERCENTS, "words", "flushed"],
            [
                [row["source"], *(str(row[key]) for key in (*PERCENTS, "words", "flushed"))]
                for row in report["delay"]
            ],
        ),
        markdown_table(
            ["µs per character", *sizes],
            [
                [row["source"], *(f"{cost:.2f}" for cost in row["microseconds"].values())]
                for row in report["cost"]
            ],
        ),
    ]
    return "\n\n".join(filter(None, parts))


def _columns(rows: Sequence[Figures], key: str) -> list[str]:
    return sorted({column for row in rows for column in row[key]})


def _languages_row(row: Figures, rows: Sequence[Figures]) -> list[str]:
    shares = row["languages"]
    right, total = (sum(share[index] for share in shares.values()) for index in (0, 1))
    cells = [_percent(*shares[column]) if column in shares else "–" for column in _columns(rows, "languages")]
    return [row["reader"], *cells, f"{right} of {total}", str(row["but_for_spaces"])]


def _kinds(rows: Sequence[Figures]) -> str:
    """English only: a row for each kind, a column for each reader."""
    body = [
        [kind, str(rows[0]["kinds"][kind][1]), *(str(row["kinds"][kind][0]) for row in rows)]
        for kind in _columns(rows, "kinds")
    ]
    return markdown_table(["English", "cases", *(row["reader"] for row in rows)], body)


def _percent(right: int, total: int) -> str:
    return f"{100 * right // total} %"  # 100 % are all


if __name__ == "__main__":
    main()
