"""What graphql-core and our scalars say of a document, said in Chinese; names, types and values stay as they were asked.

graphql-core speaks English alone. Each of its messages is a form with names in it; `in_chinese.csv` holds the forms as they
are said and in Chinese.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from plumb_platform.errors import Locale

_NAME = re.compile(r"\{(\w+)\}")
_HINT = re.compile(
    r"(?P<said>.+\.) Did you mean (?:the enum value |to use an inline fragment on )?(?P<offered>'.+')\?", re.DOTALL
)
_BETWEEN = re.compile(r",? or |, ")
_VARIABLE = re.compile(
    r"Variable '\$(?P<name>\w+)' has invalid value(?: at (?P<place>[^:]+))?: "
    r"(?:Expected value of type '[^']+' (?:to include required|not to include unknown) field '(?P<member>\w+)')?"
)
_LONGEST = 2_000
"""Characters of a message: one that quotes more of a document is not taken apart."""

Form = tuple[re.Pattern[str], str]


@dataclass(frozen=True, slots=True)
class Said:
    """What graphql-core says, as a Problem tells it in the reader's language."""

    message: str

    def text(self, locale: Locale) -> str:
        """Return the message in a language."""
        return in_chinese(self.message) if locale == "zh-CN" else self.message


def in_chinese(message: str) -> str:
    """Return a message of graphql-core or of a scalar in Chinese; one that no form fits stays as it is."""
    if len(message) > _LONGEST:
        return message
    said = _filled_in(message)
    if said is not None:
        return said
    hint = _HINT.fullmatch(message)
    said = _filled_in(hint["said"]) if hint else None
    return f"{said}您是否想写 {_names(hint['offered'])}？" if hint and said else message


def field_of(message: str) -> str | None:
    """Return the place that a message about the value of a variable names, as Problems name it: within the variable.

    `body.factors[0].weight`, which is the `field` of a refusal as well; of a variable that is no object its own name.
    """
    found = _VARIABLE.match(message)
    if found is None:
        return None
    place, member = found["place"] or "", found["member"]
    inside = place if member is None else f"{place}.{member}"
    return inside.removeprefix(".") if inside.startswith(".") else found["name"] + inside


def _filled_in(message: str) -> str | None:
    for pattern, form in _forms():
        found = pattern.fullmatch(message)
        if found is not None:
            return form.format_map({name: _part(name, text) for name, text in found.groupdict().items()})
    return None


def _part(name: str, text: str) -> str:
    """Return what stands in a form: `said` is a message of its own, `offered` are names in a row."""
    return in_chinese(text) if name == "said" else _names(text) if name == "offered" else text


def _names(offered: str) -> str:
    return "、".join(name.strip("'") for name in _BETWEEN.split(offered))


@cache
def _forms() -> tuple[Form, ...]:
    text = (files("plumb_schema") / "in_chinese.csv").read_text(encoding="utf-8")
    return tuple((_pattern(row["en"]), row["zh"]) for row in csv.DictReader(text.splitlines()))


def _pattern(form: str) -> re.Pattern[str]:
    """Return what a form fits: a name in quotes stands for what has no quote in it, any other for any text."""
    pieces = _NAME.split(form)
    texts = (_group(piece, pieces[at - 1]) if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))
    return re.compile("".join(texts), re.DOTALL)


def _group(name: str, before: str) -> str:
    return f"(?P<{name}>[^']*)" if before.endswith("'") else f"(?P<{name}>.*?)"
