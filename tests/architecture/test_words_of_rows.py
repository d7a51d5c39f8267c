"""Texts name values of rows to those alone who may see them: each word of each text was asked whose it is.

Rows A6, C56.
"""

import ast
import csv
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from plumb_platform.errors import REGISTRY, DomainError
from plumb_platform.resources import known_resources
from plumb_platform.resources.resource import camel
from plumb_tenants.notifications.resources import TOLD
from reference import PACKAGES, load_everything

load_everything()
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ERRORS = {code: error for code, error in REGISTRY.items() if error.__module__.startswith(PACKAGES)}
WHOSE = {"GIVEN", "RULE", "CORE", "NO_VALUE"}
"""The caller's own, a definition's or the product's, or what no matrix hides of an object that the act reached; words
of any code (`*`) are by their meaning limits, counts, places in the question, days that were named, or terms of a definition."""
ASKED = {
    (row["code"], row["word"]): row["whose"] for row in csv.DictReader((HERE / "words_of_problems.csv").read_text().splitlines())
}


def words_of(error: type[DomainError]) -> set[str]:
    named = (name for text in (error.zh, error.en) for _, name, _, _ in string.Formatter().parse(text) if name)
    return {name.removesuffix("_zh").removesuffix("_en") if name not in error.tells else name for name in named}


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_word_of_a_refusal_says_whose_it_is(code: str) -> None:
    """Fails for a new text until its words are values of rows that it names, or the list beside this says what else they are."""
    error = ERRORS[code]
    told = set(error.tells) | {word.removesuffix("_zh").removesuffix("_en") for word in error.tells}
    unknown = {word for word in words_of(error) - told if not {(code, word), ("*", word)} & set(ASKED)}
    assert unknown == set()
    assert set(error.tells) <= words_of(error) | told
    for coordinate in error.tells.values():
        assert_is_field(coordinate)


def assert_is_field(coordinate: str) -> None:
    for each in coordinate.replace("|", " ").split():
        type_name, _, name = each.partition(".")
        resource = known_resources()[type_name]
        assert name in {camel(member.name) for member in (*resource.columns, *resource.relations, *resource.made)}, each


def test_the_list_of_words_holds_no_more_than_there_is() -> None:
    assert set(ASKED.values()) <= WHOSE
    there = {(code, word) for code, error in ERRORS.items() for word in words_of(error)}
    there |= {("*", word) for _, word in there}
    assert set(ASKED) - there == set()


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for room in ("platform", "schema", "tenants", "workers"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_messages_are_fixed_texts_whose_words_are_named() -> None:
    """No value is written into the text itself, where nobody could ask whether its reader may see it."""
    found = list(calls("Sentence"))
    assert len(found) > 15
    written = [
        place
        for place, call in found
        for word in call.keywords
        if word.arg in ("zh", "en") and any(isinstance(part, ast.JoinedStr) for part in ast.walk(word.value))
    ]
    assert written == []
    silent = {
        (place.rpartition(":")[0].removeprefix("tenants/plumb_tenants/"), word.arg.removesuffix("_zh").removesuffix("_en"))
        for place, call in found
        for word in call.keywords
        if word.arg is not None and word.arg not in ("zh", "en", "tells", "row", *_told(call))
    }
    assert silent == UNTOLD


UNTOLD = {
    # Permissions of the product, and how many of them.
    *(("access/gaps.py", word) for word in ("count", "listed")),
    # Core fields: what flags a proposal, what an approval or a ticket has come to; what is asked of whom.
    *(("alignment/talks.py", "flag"), ("approvals/messages.py", "what"), ("negotiations/tickets.py", "what")),
    # Texts within texts, each with rows of its own; a reason that was told to nobody in particular names none.
    *(("approvals/messages.py", "object"), ("letters/run_failures.py", "why"), ("decomposition/refused_weeks.py", "why")),
    # Codes, days, counts of what the reader has to do, titles of published forms.
    *(("letters/run_failures.py", "code"), ("goals/reminding.py", "days"), ("forms/approving.py", "form")),
    *(("decomposition/refused_weeks.py", word) for word in ("week", "weeks")),
    *(("snapshots/alarms.py", word) for word in ("period", "day")),
    ("revisions/publishing.py", "asked"),
    # What stopped an erasure: that somebody is back, or may not any more.
    ("retention/stopping.py", "why"),
    # Why a goal was withdrawn is no field of it: it is said to those whose request ends with it.
    ("revisions/closing.py", "reason"),
}
"""Words of messages that are no value of a row which a matrix could hide, by the module that tells them, with the reason."""


def told_in(call: ast.Call) -> set[str]:
    (tells,) = [word.value for word in call.keywords if word.arg == "tells"] or [ast.Dict([], [])]
    return {each for value in ast.literal_eval(tells).values() for each in value.replace("|", " ").split()}


def test_messages_know_every_field_that_they_or_the_refusals_within_them_tell_of() -> None:
    """What a message says is asked again whenever it is read, by a list that a new kind or refusal has to be in."""
    said = set().union(*(told_in(call) for _, call in calls("Sentence")))
    refused = {each for error in ERRORS.values() for value in error.tells.values() for each in value.replace("|", " ").split()}
    assert said | refused == set(TOLD)
    for coordinate in TOLD:
        assert_is_field(coordinate)


def _told(call: ast.Call) -> set[str]:
    (tells,) = [word.value for word in call.keywords if word.arg == "tells"] or [ast.Dict([], [])]
    return set(ast.literal_eval(tells))


def test_a_refusal_that_names_a_row_is_not_made_without_it() -> None:
    class Tells(DomainError, tells={"title": "Goal.title"}):
        zh = en = "{title}"

    with pytest.raises(TypeError, match="title"):
        Tells(title="x")
