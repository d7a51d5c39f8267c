"""Facts about all that the product says: every error code has a home, a text in both languages and a line in the reference;
every word that people read has its name in zh-CN.

Rows A41.
"""

import string

import pytest

from plumb_platform.errors import REGISTRY
from plumb_platform.words import Word
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


def test_a_word_without_a_name_in_chinese_is_refused() -> None:
    with pytest.raises(TypeError, match="has no name in zh-CN"):

        class Mood(Word):
            GLAD = "GLAD"


def test_a_word_is_its_value_and_is_read_in_the_language_of_its_reader() -> None:
    class Weather(Word):
        FAIR = "FAIR", "晴"
        STORM = "STORM", "暴雨", "a storm"

    assert (Weather("FAIR"), Weather.STORM.value, str(Weather.STORM)) == (Weather.FAIR, "STORM", "STORM")
    assert [each.text("zh-CN") for each in Weather] == ["晴", "暴雨"]
    assert [each.text("en") for each in Weather] == ["FAIR", "a storm"]


@pytest.mark.parametrize("word", sorted(Word.__subclasses__(), key=lambda each: each.__module__))
def test_every_word_of_the_product_has_a_name_of_its_own_in_chinese(word: type[Word]) -> None:
    names = [each.zh for each in word]
    assert all(any("\u4e00" <= character <= "\u9fff" for character in name) for name in names)
    assert len(set(names)) == len(names)


def test_the_reference_is_what_the_code_says() -> None:
    from reference import REFERENCE

    assert REFERENCE.read_text(encoding="utf-8") == written_reference()
