"""Takes a letter's facts apart: a shape that many letters have in common, and what stands in its slots, which differs for each.

In the shape each slot holds a mark, a number that stands nowhere else. A slot is one line at a place that nothing moves: what
fits into its room does not change where anything else stands. Names within articles are swapped for others of the same room
(`letter_swaps`). Whatever else may move anything belongs to the shape.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from plumb_platform.documents.letter_map_slots import mark_map
from plumb_platform.documents.letter_marks import MARK, MOST_SLOTS, PLAIN, Bar, Marks, Slot, SlotKind
from plumb_platform.documents.letter_rooms import (
    HAND_ROOMS,
    LONGEST_CHANGE,
    LONGEST_FIGURE,
    LONGEST_SPLIT,
    OTHERS_ROOM,
    SUBTITLE_ROOM,
    SUBTITLE_SIZE,
    SUBTITLE_TRACKING,
    SURE,
    Measure,
    hand_room,
    may_wrap,
    most,
)
from plumb_platform.documents.letter_swaps import DRAWN, swap_names
from plumb_platform.documents.set_line import Unfit

Facts = dict[str, Any]
DESIGNS, PAPER = frozenset({"formal", "commitment", "battle_map"}), "a4"
"""Templates with such places, and the paper that they are measured on."""
BLANK_QR = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path stroke="#1f1b18" d="M0 .5h1"/></svg>'
QR = re.compile(r'.*viewBox="0 0 (?P<size>\d+) \d+"><path stroke="#1f1b18" d="(?P<path>[Mh0-9. ]+)"/></svg>')
ATTACHED = "attachment {}"
MOVED: tuple[SlotKind, ...] = ("previous", "change")
"""What only the table of changes shows of a goal."""
CUT_AT_ENDS = ("、", "）")
"""Signs that take half their room where a line ends, which moves a line that is centred."""
LONGEST_DETAIL, LONG_NAMES = 13.0, range(10, 20)
"""Ems of what a party's detail says; longer ones may take two lines. Digits of marks that are longer than a name."""


@dataclass(frozen=True, slots=True)
class TakenApart:
    """A letter as its shape and what stands in the slots, and what is no text.

    `qr` is the path of its code or empty, `attached` its files, and `is_sealed` whether the seal shows the code of the letter.
    """

    shape: Facts
    slots: tuple[Slot, ...]
    qr: str
    attached: tuple[Mapping[str, str], ...]
    is_sealed: bool
    swaps: Mapping[str, str] = field(default_factory=dict)
    """What stands in running text in place of each mark of `letter_swaps`."""
    bars: tuple[Bar, ...] = ()


def taken_apart(design: str, facts: Facts, measure: Measure) -> TakenApart | None:
    """Return `facts`, which become the shape, apart; None for a letter that shares its shape with no other. Raises Unfit."""
    letter, qr = facts["letter"], QR.fullmatch(facts["qr"])
    own = (letter["party_b"]["name"], letter["number"], letter["verify_code"])
    if facts["paper"] != PAPER or (facts["qr"] and qr is None) or not all(map(PLAIN.fullmatch, own)):
        return None
    kinds = {section["kind"] for section in facts["sections"]}
    signatures = (*facts["signatures"].values(), *facts["others"])
    if any(each["image"] for each in signatures) or not _figures_are_usual(design, letter, kinds):
        return None
    swaps, marks = swap_names(facts), Marks()
    if letter["predecessor"]:
        letter["predecessor"]["number"] = marks.mark_wide("numbered", letter["predecessor"]["number"])
    if design == "battle_map":
        mark_map(facts, kinds, marks, measure)
    else:
        _mark_people(design, facts, marks, measure)
        _mark_goals(design, facts, kinds, marks, measure)
        letter["number"] = marks.mark("number", letter["number"])
    letter["issued_on"] = marks.mark("issued_on", letter["issued_on"])
    letter["verify_code"] = marks.mark("code", letter["verify_code"])
    facts["short_digest"] = marks.mark("digest", facts["short_digest"])
    start, slash, last = letter["verify_url"].rpartition("/")
    letter["verify_url"] = start + slash + marks.mark("url", last, max(LONG_NAMES[0], len(last)))
    facts["qr"] = BLANK_QR.format(size=qr["size"]) if qr else ""
    facts["seal"] = facts["seal"].replace(f">{own[-1]}</text>", f">{letter['verify_code']}</text>")
    attached = tuple(dict(each) for each in facts["attachments"])
    for place, each in enumerate(facts["attachments"]):
        each["content"], each["description"] = ATTACHED.format(place), ATTACHED.format(place)
    letter["signatures"], letter["sections"], letter["goals_sha256"] = [], [], ""
    if not _is_shared(facts, own, marks):
        return None
    is_sealed = "signatures" in kinds and letter["verify_code"] in facts["seal"]
    return TakenApart(facts, tuple(marks.slots), qr["path"] if qr else "", attached, is_sealed, swaps, tuple(marks.bars))


def _figures_are_usual(design: str, letter: Facts, kinds: set[str]) -> bool:
    goals = letter["goals"]
    longest = min(LONGEST_FIGURE[each] for each in (design, "changes") if each in kinds or each == design)
    parts = [part["value"] for goal in goals for part in goal["splits"]]
    if max(len(goal["target"]) for goal in goals) > longest or any(len(part) > LONGEST_SPLIT for part in parts):
        return False
    if "changes" not in kinds:
        return True
    return all(len(goal["previous"]) <= longest and len(goal["change"]) <= LONGEST_CHANGE for goal in goals)


def _mark_people(design: str, facts: Facts, marks: Marks, measure: Measure) -> None:
    letter = facts["letter"]
    letter["party_b"]["name"] = marks.mark("name", letter["party_b"]["name"])
    for side in ("party_a", "party_b"):
        letter[side]["details"] = [
            [label, marks.mark_loose("detail", value) if most(value) < LONGEST_DETAIL else value]
            for label, value in letter[side]["details"]
        ]
    subtitle = letter["subtitle"]
    is_whole = not subtitle.endswith(CUT_AT_ENDS)
    if is_whole and SUBTITLE_SIZE * (most(subtitle) + SUBTITLE_TRACKING * len(subtitle)) < SUBTITLE_ROOM:
        letter["subtitle"] = marks.mark_loose("subtitle", subtitle)
    rooms = HAND_ROOMS[design, letter["locale"]]
    for role in sorted(facts["signatures"]):
        who = facts["signatures"][role]
        who["signed_at"] = marks.mark_moment("signed_at", who["signed_at"])
        if role in rooms:
            _mark_hand(rooms[role], who, letter["locale"], marks, measure)
    for who in facts["others"]:
        who["signed_at"] = marks.mark_moment("other_at", who["signed_at"])
        _mark_hand(OTHERS_ROOM[design], who, letter["locale"], marks, measure)


def _mark_hand(room: float, who: Facts, locale: str, marks: Marks, measure: Measure) -> None:
    """Mark the name and the position beside it; a position that goes to a line of its own does so for the mark as well."""
    name, position, digits = who["name"], who["position"], None
    if not name:
        return
    left = hand_room(room, name, position, locale, measure)
    if left > SURE:
        who["position"] = marks.mark_loose("position", position)
    else:
        digits = next((each for each in LONG_NAMES if _is_between(room, "8" * each, position, locale, measure)), None)
        if digits is None or left > -SURE:
            raise Unfit
    who["name"] = marks.mark("hand", name, digits)


def _is_between(room: float, mark: str, position: str, locale: str, measure: Measure) -> bool:
    """Whether a mark fits on the line by itself and not with the position."""
    return hand_room(room, mark, "", locale, measure) > SURE and hand_room(room, mark, position, locale, measure) < -SURE


def _mark_goals(design: str, facts: Facts, kinds: set[str], marks: Marks, measure: Measure) -> None:
    where = "changes" if "changes" in kinds else design
    both = "changes" in kinds and "goals" in kinds
    for goal in facts["letter"]["goals"]:
        if (
            goal["splits"]
            and not marks.is_short(where, goal["metric"])
            and may_wrap(design, goal, facts["words"]["total"], "8" * 5, measure)
        ):
            raise Unfit
        if not both:
            marks.mark_definition(where, goal, measure)
        marks.mark_name(where, goal)
        goal["target"] = marks.mark("target", goal["target"])
        goal["weight"] = marks.mark("weight", goal["weight"])
        for kind in MOVED:
            goal[kind] = marks.mark(kind, goal[kind]) if "changes" in kinds else ""
        for part in goal["splits"]:
            part["value"] = marks.mark("split", part["value"])


def _is_shared(shape: Facts, own: Iterable[str], marks: Marks) -> bool:
    """Whether the shape says nothing that only one letter says, as a name within an article, and nothing like a mark."""
    said = orjson.dumps({key: value for key, value in shape.items() if key not in DRAWN}).decode()
    return len(MARK.findall(said)) == len(marks.slots) <= MOST_SLOTS and not any(each in said for each in own)
