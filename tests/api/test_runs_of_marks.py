"""Marks without end on one letter (U+0315, U+0300), which `normalize` orders in the square of their number, before a sign-in."""

import time
from random import Random
from unicodedata import combining, normalize

import orjson

from plumb_platform.texts import LONGEST_RUN, as_seen
from plumb_schema.ground.limits import Limits
from plumb_server.incoming import read_operation

MARKS = [chr(code) for code in range(0x110000) if combining(normalize("NFD", chr(code))[0])]


def test_runs_of_marks_are_composed_as_unicode_says() -> None:
    random = Random(15)
    letters = [*"aeq中가é", "\u1e05"]
    for _ in range(200):
        length = random.randint(LONGEST_RUN, 6 * LONGEST_RUN)
        text = "a" + "".join(random.choice(MARKS if random.random() < 0.99 else letters) for _ in range(length))
        assert as_seen(text + ".") == normalize("NFC", text + ".")


def test_a_request_with_a_long_run_of_marks_takes_time_by_its_length() -> None:
    def least(marks: int) -> float:
        body = orjson.dumps({"query": "{ viewer { id } }", "variables": {"name": "a" + "\u0315\u0300" * (marks // 2)}})
        times = []
        for _ in range(3):
            started = time.process_time()
            read_operation(body, Limits())
            times.append(time.process_time() - started)
        return min(times)

    assert least(24_000) < 10 * least(6_000)
