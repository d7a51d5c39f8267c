"""Words of the product that people read: states, types and reasons, each with its name in zh-CN beside it."""

from enum import StrEnum
from typing import Self

from plumb_platform.errors import Locale


class Word(StrEnum):
    """One of a few words that are stored and asked for by their value, and read by people in their language.

    A member is its value and its name in zh-CN: `DRAFT = "DRAFT", "草稿"`. In English it is called by its value, unless a
    third text says otherwise.
    """

    _value_: str
    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str | None = None) -> Self:
        if not zh:
            raise TypeError(f"{cls.__name__}.{value} has no name in zh-CN")
        word = str.__new__(cls, value)
        word._value_ = value
        word.zh, word.en = zh, en or value
        return word

    def text(self, locale: Locale) -> str:
        """Name the word for a person."""
        return self.zh if locale == "zh-CN" else self.en
