"""The code of the README and of the pages in docs/, run as a newcomer runs it.

The ```python blocks of a page are one script, run inside an async function. What stands around them, such as
an agent and a question, is in surroundings/, in the file of the name of the page.
"""

import re
from pathlib import Path

import pytest
from support.scripts import ROOT, run

SURROUNDINGS = Path(__file__).parent / "surroundings"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RECORDINGS = {"README.md": {"answer.wav", "hello.wav", "spoken.wav"}}


def python_blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)


def script_of(page: Path) -> str:
    """Its blocks one after another; a loudspeaker becomes a recording."""
    lines = [line for block in python_blocks(page) for line in ["pass", *block.splitlines()]]
    body = "\n".join(f"    {line}".rstrip() for line in lines)
    around = SURROUNDINGS / f"{page.stem.lower()}.py"
    before = around.read_text() if around.exists() else ""
    script = f"import asyncio\n{before}\n\nasync def main():\n{body}\n\nasyncio.run(main())\n"
    return re.sub(r"""(to=|, )"speaker\"""", r'\1"spoken.wav"', script)


@pytest.mark.parametrize("page", [page for page in PAGES if python_blocks(page)], ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "page.py"
    script.write_text(script_of(page))
    run(script)
    recorded = {path.name for path in tmp_path.glob("*.wav")}
    assert recorded == RECORDINGS.get(page.name, recorded)
    assert all(path.stat().st_size > 1000 for path in tmp_path.glob("*.wav"))


def test_every_page_s_links_lead_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
            if not link.startswith(("http://", "https://", "mailto:")):
                assert (page.parent / link).exists(), f"{page.name}: {link}"
