"""Takes a letter's facts apart: a shape that many letters have in common, and what stands in its slots, which differs for each.

In the shape each slot holds a mark, a number that stands nowhere else. A slot is one line at a place that nothing moves: what
fits into its room does not change where anything else stands. Whatever may (names of goals, articles) belongs to the shape.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from plumb_platform.documents.set_line import COMMON, LATIN, Unfit

SlotKind = Literal[
    "number",
    "name",
    "hand",
    "position",
    "detail",
    "metric",
    "unit",
    "target",
    "weight",
    "split",
    "signed_at",
    "other_at",
    "issued_on",
    "code",
    "digest",
    "url",
]
Facts = dict[str, Any]
Measure = Callable[[str, bool], float]
"""Returns how many ems a text is wide in the letter's typeface, heavy or not; raises Unfit."""
DESIGNS, PAPER = frozenset({"formal", "commitment"}), "a4"
"""Templates with such places, and the paper that they are measured on; a battle map's columns and bars follow its figures."""
NARROW_SECTION = "changes"
"""Its table has narrower columns than the rooms of slots, and what a target was before is each letter's own."""
PLAIN = re.compile(r"[!#-&(-\[\]-~\u4e00-\u9fa5]+(?: [!#-&(-\[\]-~\u4e00-\u9fa5]+)*")
"""Han and ASCII without quotation marks and backslashes: what is set alike wherever it stands in a line."""
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)((?: \(UTC[!-~]+\))?)")
BLANK_QR = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path stroke="#1f1b18" d="M0 .5h1"/></svg>'
QR = re.compile(r'.*viewBox="0 0 (?P<size>\d+) \d+"><path stroke="#1f1b18" d="(?P<path>[Mh0-9. ]+)"/></svg>')
FIRST_MARK, DIGITS, MOST_SLOTS = 90_000, 5, 900
WIDE_DIGITS, MOST_MOMENTS = "2568", 4**4
MARK = re.compile(r"90\d{3}|9999-99-99|80{5}")
"""What every mark has, once."""
ATTACHED = "attachment {}"
DRAWN = frozenset({"seal", "pictures", "words", "qr"})
"""Facts that hold markup or words of ours."""
LONGEST_FIGURE = {"formal": 18, "commitment": 14}
LONGEST_DETAIL, LONGEST_METRIC, LONGEST_UNIT = 13.0, 14.5, 3.2
"""Ems of what a party's detail says, of the name of a goal and of its unit; longer ones may take two lines."""
HAND_ROOMS = {("formal", "zh-CN"): 121.9, ("formal", "en"): 90.5, ("commitment", "zh-CN"): 138.1, ("commitment", "en"): 105.6}
"""Points of the line where the employee signs, by design and locale."""
HAND_SIZE, HAND_TRACKING, SPACE, POSITION_SIZE, SURE, LONG_NAME = 11.0, {"zh-CN": 0.1, "en": 0.02}, 2.4, 8.4, 0.5, 10
"""How name and position are set there; a position which may or may not go to a line of its own is left to typst."""
HEAD_ROOMS, HEAD_SIZE, HEAD_SPARE = {"formal": 409.3, "commitment": 447.9}, 9.4, 16.0
"""Points of the line that a goal's name and its total share above its parts (`split-table` in parts.typ), and of it to spare."""
LONGEST_SPLIT = 13
"""From these on, figures are set smaller than their neighbours (`fitted` in parts.typ)."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What stands in a slot, and the mark that stands for it in the shape."""

    kind: SlotKind
    mark: str
    text: str
    script: str = COMMON
    """That of the run around it, which a mark without letters does not tell by itself."""


@dataclass(frozen=True, slots=True)
class TakenApart:
    """A letter as its shape and what stands in the slots, and what is no text.

    `qr` is the path of its code, `attached` its files, and `is_sealed` whether the seal shows the code of the letter.
    """

    shape: Facts
    slots: tuple[Slot, ...]
    qr: str
    attached: tuple[dict[str, str], ...]
    is_sealed: bool


class _Marks:
    """Hands out marks and keeps what stands for them."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []

    def mark(self, kind: SlotKind, text: str, digits: int = DIGITS) -> str:
        """Return a mark for a text that can stand in a slot, and the text itself for any other."""
        if not PLAIN.fullmatch(text):
            return text
        place = len(self.slots)
        return self._keep(kind, f"{FIRST_MARK + place}" if digits == DIGITS else f"8{place:0{digits - 1}}", text)

    def mark_moment(self, kind: SlotKind, text: str) -> str:
        """Do the same for a moment, whose line may break before its zone: none is wider than the mark, or by far narrower."""
        found = MOMENT.fullmatch(text)
        if found is None or len(self.slots) >= MOST_MOMENTS:
            return text
        marked = "".join(WIDE_DIGITS[len(self.slots) >> shift & 3] for shift in (6, 4, 2, 0))
        return self._keep(kind, f"9999-99-99 {marked[:2]}:{marked[2:]}:99", found[1], LATIN if found[2] else COMMON) + found[2]

    def _keep(self, kind: SlotKind, mark: str, text: str, script: str = COMMON) -> str:
        self.slots.append(Slot(kind, mark, text, script))
        return mark


def taken_apart(design: str, facts: Facts, measure: Measure) -> TakenApart | None:
    """Return `facts`, which become the shape, apart; None for a letter that shares its shape with no other. Raises Unfit."""
    letter, qr = facts["letter"], QR.fullmatch(facts["qr"])
    own = (letter["party_b"]["name"], letter["number"], letter["verify_code"])
    if facts["paper"] != PAPER or qr is None or not all(map(PLAIN.fullmatch, own)):
        return None
    signatures = (*facts["signatures"].values(), *facts["others"])
    if letter["predecessor"] or any(each["image"] for each in signatures) or not _figures_are_usual(design, letter):
        return None
    if any(section["kind"] == NARROW_SECTION for section in facts["sections"]):
        return None
    marks = _Marks()
    _mark_people(design, facts, marks, measure)
    if any(goal["splits"] and _may_wrap(design, goal, facts["words"]["total"], measure) for goal in letter["goals"]):
        return None
    _mark_goals(letter, marks)
    letter["number"] = marks.mark("number", letter["number"])
    letter["issued_on"] = marks.mark("issued_on", letter["issued_on"])
    letter["verify_code"] = marks.mark("code", letter["verify_code"])
    facts["short_digest"] = marks.mark("digest", facts["short_digest"])
    start, slash, last = letter["verify_url"].rpartition("/")
    letter["verify_url"] = start + slash + marks.mark("url", last, max(LONG_NAME, len(last)))
    facts["qr"] = BLANK_QR.format(size=qr["size"])
    facts["seal"] = facts["seal"].replace(f">{own[-1]}</text>", f">{letter['verify_code']}</text>")
    attached = tuple(dict(each) for each in facts["attachments"])
    for place, each in enumerate(facts["attachments"]):
        each["content"], each["description"] = ATTACHED.format(place), ATTACHED.format(place)
    letter["signatures"], letter["goals_sha256"] = [], ""
    if not _is_shared(facts, own, marks.slots):
        return None
    return TakenApart(facts, tuple(marks.slots), qr["path"], attached, letter["verify_code"] in facts["seal"])


def _figures_are_usual(design: str, letter: Facts) -> bool:
    figures, parts = [goal["target"] for goal in letter["goals"]], [part for goal in letter["goals"] for part in goal["splits"]]
    return max(map(len, figures)) <= LONGEST_FIGURE[design] and all(len(part["value"]) <= LONGEST_SPLIT for part in parts)


def _mark_people(design: str, facts: Facts, marks: _Marks, measure: Measure) -> None:
    letter = facts["letter"]
    letter["party_b"]["name"] = marks.mark("name", letter["party_b"]["name"])
    for side in ("party_a", "party_b"):
        letter[side]["details"] = [
            [label, marks.mark("detail", value) if _most(value) < LONGEST_DETAIL else value]
            for label, value in letter[side]["details"]
        ]
    for who in facts["signatures"].values():
        who["signed_at"] = marks.mark_moment("signed_at", who["signed_at"])
    if employee := facts["signatures"].get("employee"):
        _mark_hand(design, employee, letter["locale"], marks, measure)
    for who in facts["others"]:
        who["signed_at"] = marks.mark_moment("other_at", who["signed_at"])


def _mark_hand(design: str, who: Facts, locale: str, marks: _Marks, measure: Measure) -> None:
    """Mark the name and the position beside it; a position that goes to a line of its own does so for the mark as well."""
    name, position, digits = who["name"], who["position"], DIGITS
    if _hand_room(design, name, position, locale, measure) > SURE:
        who["position"] = marks.mark("position", position)
    else:
        digits = LONG_NAME
        if max(_hand_room(design, each, position, locale, measure) for each in (name, "8" * digits)) > -SURE:
            raise Unfit
    who["name"] = marks.mark("hand", name, digits)


def _hand_room(design: str, name: str, position: str, locale: str, measure: Measure) -> float:
    """Return how much of the line is left beside the name and the position of who signs, in points."""
    tracking = HAND_SIZE * HAND_TRACKING[locale] * (len(name) - 1)
    width = HAND_SIZE * measure(name, True) + tracking + SPACE + POSITION_SIZE * measure(position, False)
    return HAND_ROOMS[design, locale] - width


def _most(text: str) -> float:
    """Return more ems than a text is wide, unless most of its letters are wide ones."""
    return sum(1.0 if character >= "\u4e00" else 0.66 for character in text)


def _may_wrap(design: str, goal: Facts, total: str, measure: Measure) -> bool:
    """Whether a long name may take another line beside the total of its goal than beside a mark: the total takes its room."""
    if _is_short(goal["metric"]):
        return False
    wider = max((goal["target"], "8" * DIGITS), key=len)
    ems = measure(goal["metric"], True) + measure(f"{total} {wider} {goal['unit']}", False)
    return HEAD_ROOMS[design] - HEAD_SIZE * ems < HEAD_SPARE


def _is_short(metric: str) -> bool:
    return PLAIN.fullmatch(metric) is not None and _most(metric) < LONGEST_METRIC


def _mark_goals(letter: Facts, marks: _Marks) -> None:
    for goal in letter["goals"]:
        if _is_short(goal["metric"]):
            goal["metric"] = marks.mark("metric", goal["metric"])
        if _most(goal["unit"]) < LONGEST_UNIT:
            goal["unit"] = marks.mark("unit", goal["unit"])
        goal["target"] = marks.mark("target", goal["target"])
        goal["weight"] = marks.mark("weight", goal["weight"])
        for part in goal["splits"]:
            part["value"] = marks.mark("split", part["value"])


def _is_shared(shape: Facts, own: Iterable[str], slots: Collection[Slot]) -> bool:
    """Whether the shape says nothing that only one letter says, as a name within an article, and nothing like a mark."""
    said = json.dumps({key: value for key, value in shape.items() if key not in DRAWN}, ensure_ascii=False)
    return len(MARK.findall(said)) == len(slots) <= MOST_SLOTS and not any(each in said for each in own)
