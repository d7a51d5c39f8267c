"""Telling: texts in zh-CN and en, and the values of rows in them, which are told to those alone who may see them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from itertools import chain
from typing import Any, Literal
from uuid import UUID

Locale = Literal["zh-CN", "en"]
HIDDEN: Mapping[Locale, str] = {"zh-CN": "（无权查看）", "en": "(hidden)"}
"""What a text says in place of a value that its reader may not see."""


class Said(Enum):
    """Whose value a word of a text is, where no row is named."""

    GIVEN = "given"
    """The caller's own: it was in what they sent."""
    LATER = "later"
    """Of a row that pure rules do not know; who asks them says which."""


Row = UUID | Collection[UUID] | Said
"""The row whose value a word says; of several, each must show."""
Rows = Row | Mapping[str, Row]
"""The row of all words of a text, or of each."""
Told = tuple[str, UUID, str]
"""A value of a row that a text says: the type, the row's id and the field, as matrices name it without its type."""


class Telling:
    """A text with words in braces; one that is a row's value says of which field and row, and is hidden until that shows."""

    zh: str = ""
    en: str = ""
    tells: Mapping[str, str] = {}
    """The words that are values of rows, each with its field as matrices name it: `{"title": "Goal.title"}`.

    Several fields, which must all show, are parted by blanks; of `Person.name|OrgUnit.name` the row has one.
    """

    def say(self, row: Any, values: Mapping[str, object]) -> None:
        """Take the words; `row`, a Row or one for each word, is what those of `tells` are of: raises TypeError without it."""
        if self.tells and row is None:
            raise TypeError(f"{self!r}: of which row are {', '.join(sorted(self.tells))}?")
        self.values = values
        self.shown: Collection[str] = ()
        self.told: Collection[Told] = ()
        self.rows: dict[str, Row] = {word: Said.LATER for word in self.tells if word in values}
        self.name_rows({} if row is None else row)

    def name_rows(self, row: Rows) -> None:
        """Say of which rows those words are of which nothing was said yet; a word without any is told to nobody."""
        for word, known in self.rows.items():
            if known is Said.LATER:
                self.rows[word] = row.get(word, known) if isinstance(row, Mapping) else row

    def text(self, locale: Locale) -> str:
        """Return the text for the person who can act, in their language."""
        template = self.zh if locale == "zh-CN" else self.en
        hidden = {word for word, row in self.rows.items() if row is not Said.GIVEN and word not in self.shown}
        said = {key: HIDDEN[locale] if key in hidden else _said(value, locale) for key, value in self.values.items()}
        return template.format_map(said)


class Sentence(Telling):
    """What people are told of, as a text of its own: a message, or the name of what they decide about."""

    def __init__(self, *, zh: str, en: str, tells: Mapping[str, str] | None = None, row: Any = None, **values: object) -> None:
        self.zh, self.en, self.tells = zh, en, tells or {}
        self.say(row, values)


class Retold(Telling):
    """A text that was kept with all that it says, to stand within another one: whole for who may see all of it now."""

    def __init__(self, *, zh: str, en: str, told: Mapping[str, Any] | None) -> None:
        rows = told["rows"] if told else []
        values = [(f"{row['type']}.{name}", UUID(row["id"])) for row in rows for name in row["fields"]]
        self.tells = {f"{place}": coordinate for place, (coordinate, _) in enumerate(values)}
        self._whole: Mapping[str, str] = {"zh-CN": zh, "en": en}
        self._others: Mapping[str, str] = told["others"] if told else self._whole
        self.say({f"{place}": row for place, (_, row) in enumerate(values)}, dict.fromkeys(self.tells, ""))

    def text(self, locale: Locale) -> str:
        """Return the text for its reader, in their language."""
        return (self._whole if set(self.shown) == set(self.tells) else self._others)[locale]


def in_languages(text: Telling) -> dict[str, str]:
    """Return a text in each language."""
    return {locale: text.text(locale) for locale in HIDDEN}


def with_inner(texts: Iterable[Telling]) -> tuple[Telling, ...]:
    """Return texts with those that stand within them."""
    texts = tuple(texts)
    return (*texts, *(value for text in texts for value in text.values.values() if isinstance(value, Telling)))


def told_by(text: Telling, others: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what is kept beside a text that is read later: which rows' fields it says, and what it says without any of them.

    None for a text that says no value of a row to its reader: it is the same to everybody.
    """
    fields: dict[tuple[str, UUID], set[str]] = defaultdict(set)
    for type_name, row, name in chain.from_iterable(each.told for each in with_inner([text])):
        fields[type_name, row].add(name)
    rows = [{"type": kind, "id": str(row), "fields": sorted(names)} for (kind, row), names in sorted(fields.items())]
    return {"rows": rows, "others": dict(others)} if rows else None


def retold(whole: str, *, told: str, locale: str) -> str:
    """Return, as an expression of a resource, what a kept text says to whoever reads it now (`told_by`, `Resource.retells`)."""
    return f"coalesce(case when {{reader}} then null else {told} -> 'others' ->> {locale} end, {whole})"


def retold_from(kept: str, *, locale: str = "{locale}") -> str:
    """Return the same of a text that is kept as JSON of one column, with what `told_by` says of it beside its languages."""
    return retold(f"({kept} ->> {locale})", told=kept, locale=locale)


def rows_of(kept: str) -> str:
    """Return, as an expression for `Retells`, whose values a text says that is kept as JSON of one column.

    A text with `others` and no rows was kept for its first reader alone: whose values it says is not known, so that none shows.
    """
    return f"(case when {kept} ? 'others' then coalesce({kept} -> 'rows', jsonb_build_array(jsonb_build_object())) end)"


def _said(value: object, locale: Locale) -> str:
    """Return a value as the reader says it: a state, a type or a reason has a `text(locale)` of its own."""
    text = getattr(value, "text", None)
    return str(text(locale)) if callable(text) else str(value)
