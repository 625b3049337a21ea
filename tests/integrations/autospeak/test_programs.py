"""Unmodified programs on each framework, under `llmvox run`: they speak, once, and are otherwise as ever."""

from pathlib import Path

import pytest
from support.programs import PROGRAMS, environment, run_alone, run_aloud, said_in
from support.sdk_server import Answer, SDKServer

HELLO = Answer(["Hello ", "world, ", "this ", "is ", "spoken."])

SINGLE = {
    "openai_chat": "whole stream raw left_to_threads left_to_a_daemon awaited_stream",
    "openai_responses": "helper awaited",
    "langchain_chain": "invoke stream threads astream",
    "llama_index_engines": "query_stream aquery agent",
}
"""Programs that get one answer, and the ways in which they ask."""


def both(server: SDKServer, to: Path, *words: str | Path, answers: list[Answer]) -> str:
    """What is said, of a program that does what it does alone."""
    env = environment(server.url)
    server.will_say(*answers)
    alone = run_alone(*words, env=env)
    asked = [request.body for request in server.requests]
    server.begin_anew()
    server.will_say(*answers)
    aloud = run_aloud(*words, to=to, env=env)
    assert aloud == alone
    assert alone.code == 0
    assert [request.body for request in server.requests] == asked
    return said_in(to)


@pytest.mark.parametrize(
    ("program", "how"), [(program, how) for program, ways in SINGLE.items() for how in ways.split()]
)
def test_an_answer_is_spoken_once(program: str, how: str, server: SDKServer, tmp_path: Path) -> None:
    said = both(server, tmp_path / "answer.wav", PROGRAMS / f"{program}.py", how, answers=[HELLO])
    assert said == HELLO.text


@pytest.mark.parametrize(("how", "count"), [("threads", 3), ("gathered", 3)])
def test_answers_at_the_same_time_are_spoken_one_after_another(
    how: str, count: int, server: SDKServer, tmp_path: Path
) -> None:
    said = both(server, tmp_path / "answer.wav", PROGRAMS / "openai_chat.py", how, answers=[HELLO])
    assert said == HELLO.text * count


@pytest.mark.parametrize("how", ["invoke", "astream"])
def test_an_agent_says_what_it_says_to_its_user(how: str, server: SDKServer, tmp_path: Path) -> None:
    answers = [
        Answer(["I look ", "it up."], thought="Hidden.", call=("search", {"q": "hidden"})),
        Answer(["Hidden ", "in the tool."]),
        Answer(["The sky ", "is blue."]),
    ]
    said = both(server, tmp_path / "answer.wav", PROGRAMS / "langgraph_agent.py", how, answers=answers)
    assert said == "I look it up.The sky is blue."


def test_langchain_s_invoke_may_be_made_to_stream(server: SDKServer, tmp_path: Path) -> None:
    server.will_say(HELLO)
    env = environment(server.url, LLMVOX_FORCE_STREAMING="1")
    aloud = run_aloud(PROGRAMS / "langchain_chain.py", "invoke", to=tmp_path / "answer.wav", env=env)
    assert (aloud.code, aloud.out, aloud.err) == (0, HELLO.text + "\n", "")
    assert server.requests[0].body["stream"] is True
    assert said_in(tmp_path / "answer.wav") == HELLO.text
