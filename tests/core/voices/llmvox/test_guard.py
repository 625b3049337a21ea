"""Sentences that do not end, loop, or end too early are told from those that are fine."""

import random

import pytest

from llmvox_plugins.core.voices.llmvox.guard import Guard


def speech(length: int) -> list[int]:
    return random.Random(3).choices(range(4096), k=length)


def test_a_sentence_may_take_its_time_and_no_more() -> None:
    guard = Guard(codes_per_byte=10, spare=150)
    assert guard.check(speech(249), 10) is None
    fault = guard.check(speech(250), 10)
    assert fault is not None and "250 codes" in fault.reason and fault.useless == 0


@pytest.mark.parametrize("length", [1, 2, 7, 30])
def test_a_loop_is_found_and_all_but_its_first_round_is_useless(length: int) -> None:
    codes = speech(74) + (speech(length) * 150)[:150]
    fault = Guard().check(codes, 1000)
    assert fault is not None and "again and again" in fault.reason
    assert fault.useless >= 150 - length


def test_what_does_not_repeat_is_no_loop() -> None:
    codes = speech(480)
    assert Guard().check(codes, 1000) is None
    assert Guard().check(codes[:380] + codes[:100], 1000) is None


def test_an_end_that_comes_too_early_is_a_fault() -> None:
    assert Guard().check_end(20, 10) is None
    fault = Guard().check_end(3, 10)
    assert fault is not None and "after 3 codes" in fault.reason


def test_the_longest_text_is_granted_its_codes() -> None:
    guard = Guard(longest=512)
    assert guard.most_codes(guard.most_bytes) <= 512
    assert guard.most_codes(10_000) == 512
