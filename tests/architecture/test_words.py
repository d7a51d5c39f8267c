"""Facts about all that the product says: every error code has a home, a text in both languages and a line in the reference.

Rows A41.
"""

import string

import pytest

from plumb_platform.errors import REGISTRY
from reference import PACKAGES, load_everything, written_reference

load_everything()
ERRORS = {code: error for code, error in REGISTRY.items() if error.__module__.startswith(PACKAGES)}


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_error_speaks_both_languages_with_the_same_values(code: str) -> None:
    error = ERRORS[code]
    assert code == code.upper()
    assert any("\u4e00" <= character <= "\u9fff" for character in error.zh) or error.zh == error.en
    fields = [{_common(name) for _, name, _, _ in string.Formatter().parse(text) if name} for text in (error.zh, error.en)]
    assert fields[0] == fields[1]


def _common(name: str) -> str:
    """Return the name of a value without the language that it is written in (`reason_zh`)."""
    return "" if name in ("zh", "en") else name.removesuffix("_zh").removesuffix("_en")


def test_the_reference_is_what_the_code_says() -> None:
    from reference import REFERENCE

    assert REFERENCE.read_text(encoding="utf-8") == written_reference()
