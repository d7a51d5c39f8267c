"""Patterns of texts, matched in linear time: no pattern that a company writes can hold the server up.

The engine is Rust's regex crate, which pydantic brings along: it has neither look-around nor back references, so that
nothing backtracks. What is left to bound is the size of the automaton: its counted repetitions and the text's length.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from math import prod

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

MOST_REPEATED = 1000
"""The product of all upper counts in braces."""
_COUNTED = re.compile(r"\{(\d{1,9})?(?:,(\d{1,9})?)?\}", re.ASCII)

Matcher = Callable[[str], bool]


class PatternRefused(ValueError):
    """Says in one line what the engine has against a pattern."""


@lru_cache(maxsize=2048)
def compile_pattern(pattern: str) -> Matcher:
    """Return whether a text as a whole has the form of the pattern, as a function; raises PatternRefused."""
    counts = [int(last or first or 1) for first, last in _COUNTED.findall(pattern)]
    if prod(max(count, 1) for count in counts) > MOST_REPEATED:
        raise PatternRefused(f"more than {MOST_REPEATED} repetitions")
    # By itself first, so that "a)|(b" cannot step out of what is put around it.
    _validator(pattern)
    whole = _validator(anchored(pattern))

    def matches(text: str) -> bool:
        try:
            whole.validate_python(text)
        except ValidationError:
            return False
        return True

    return matches


def anchored(pattern: str) -> str:
    """Return the pattern that a whole text has to match."""
    return f"^(?:{pattern})$"


def _validator(pattern: str) -> SchemaValidator:
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise PatternRefused(lines[-1].removeprefix("error: ")[:120]) from None
