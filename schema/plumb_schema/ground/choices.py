"""What an enum takes, told to who wrote something else: all of its words, the nearest first, with their names in zh-CN."""

import re
from difflib import SequenceMatcher
from typing import cast

from graphql import GraphQLEnumType, GraphQLSchema
from plumb_platform.errors import Locale

MOST_NAMED = 12
"""Words of an enum up to which each is told with its name; of more the words alone, for a message to stay short."""
_LONGEST = 2_000
_REFUSED = re.compile(
    r"(?:Value '(?P<value>.*)' does not exist in '(?P<type>\w+)' enum\."
    r"|Enum '(?P<other>\w+)' cannot represent non-(?:string|enum) value: (?P<found>.*)\.)"
    r"(?P<hint> Did you mean [^?]*\?)?$",
    re.DOTALL,
)
_SAID = {"zh-CN": "可填：{words}。", "en": " It takes: {words}."}


def choices_of(message: str, schema: GraphQLSchema, locale: Locale) -> tuple[str, str]:
    """Return a message of graphql-core without its own hint, and what to say behind it; the second is empty for any other."""
    refused = _REFUSED.search(message) if len(message) <= _LONGEST else None
    kind = schema.type_map.get(refused["type"] or refused["other"]) if refused else None
    if refused is None or not isinstance(kind, GraphQLEnumType):
        return message, ""
    said = (refused["value"] or refused["found"] or "").strip("\"'")
    words = nearest_first(said, kind)
    named = locale == "zh-CN" and len(words) <= MOST_NAMED
    shown = [f"{word}（{_name(kind, word)}）" if named and _name(kind, word) else word for word in words]
    between = "、" if locale == "zh-CN" else ", "
    start = message[: refused.start("hint")] if refused["hint"] else message
    return start, _SAID[locale].format(words=between.join(shown))


def nearest_first(said: str, kind: GraphQLEnumType) -> list[str]:
    """Return the words of an enum, those first that look like what was said, or whose name does; else in their order."""
    asked = said[:60].casefold()

    def likeness(word: str) -> float:
        near = max(_alike(asked, word.casefold()), _alike(asked, _name(kind, word)))
        return near if near >= 0.5 else 0

    return sorted(kind.values, key=likeness, reverse=True)


def _alike(asked: str, word: str) -> float:
    return SequenceMatcher(None, asked, word).ratio()


def _name(kind: GraphQLEnumType, word: str) -> str:
    """Return the Chinese half of a word's description, which stands before the English one."""
    return cast(str, kind.values[word].description or "").partition(" / ")[0].strip()
