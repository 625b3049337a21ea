"""What of a text is for the user does not depend on where the text was cut."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.agent.react.output_parser import ReActOutputParser
from llama_index.core.agent.react.types import ResponseReasoningStep

from llmvox_plugins.integrations.llama_index.readers import Code, Prose, Reader, Thoughts

ACTION = 'Action: look\nAction Input: {"a": 1}'


def read(reader: Reader, parts: list[str]) -> str:
    return "".join([*(reader.feed(part) for part in parts), reader.flush()])


def cut(text: str, at: int) -> list[str]:
    return [text[begin : begin + at] for begin in range(0, len(text), at)]


@pytest.mark.parametrize(
    ("make", "text", "told"),
    [
        (Thoughts, "Thought: hm.\nAnswer:  Yes. Action: no.", "Yes. Action: no."),
        (Thoughts, "Thought: hm. Answer:\n\nYes.\nAnswer: no.", "Yes.\nAnswer: no."),
        (Thoughts, f"Thought: hm.\n{ACTION}", ""),
        (Thoughts, f"Thought: hm.\n{ACTION}\nObservation: 3\nThought: hm.\nAnswer: No.", ""),
        (Thoughts, f"I look.\n{ACTION}", ""),
        (Thoughts, "Answer: no thought.", ""),
        (Thoughts, "Answer: no. Action: no. Thought: hm. Answer: Yes.", "Yes."),
        (Thoughts, "Thought: no end.", ""),
        (Thoughts, "Yes, at once.", "Yes, at once."),
        (Thoughts, "", ""),
        (Prose, "Yes, at once.", "Yes, at once."),
        (Prose, "  Thought", "  Thought"),
        (Prose, "Thoughts: many.", "Thoughts: many."),
        (Prose, "\n Thought: hm.\nAnswer: Yes.", "Yes."),
        (Prose, f"Thought: hm.\n{ACTION}", ""),
        (Prose, "Answer: 42. Action: none.", "Answer: 42. Action: none."),
        (Code, "One. <execute>a < b</execute> Two.<execute>c</execute>", "One.  Two."),
        (Code, "1 < 2 <exec", "1 < 2 <exec"),
        (Code, "One. <execute>never ends", "One. "),
    ],
)
def test_wherever_it_is_cut(make: Callable[[], Reader], text: str, told: str) -> None:
    for at in range(1, len(text) + 1):
        assert read(make(), cut(text, at)) == told


MARKS = ["Thought:", "Action:", "Action Input:", "Answer:", "\n", " ", "word", "{}", "Ans", ":"]
CODES = ["<execute>", "</execute>", "<", "a", " "]


@given(st.lists(st.sampled_from(MARKS), max_size=12).map("".join), st.integers(1, 6))
def test_an_answer_is_what_llama_index_takes_for_one(text: str, at: int) -> None:
    told = read(Thoughts(), cut(text, at)).strip()
    try:
        step = ReActOutputParser().parse(text)
    except ValueError:
        return  # LlamaIndex tries again
    assert told == (step.response.strip() if isinstance(step, ResponseReasoningStep) else "")


@given(st.lists(st.sampled_from(CODES), max_size=12).map("".join), st.data())
def test_code_is_left_out_wherever_it_is_cut(text: str, data: st.DataObject) -> None:
    whole = read(Code(), [text])
    assert read(Code(), cut(text, data.draw(st.integers(1, 9)))) == whole
    assert "<execute>" not in whole
