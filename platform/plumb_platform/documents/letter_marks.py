"""Marks that stand in a letter's shape for what differs from one letter to the next, and what stands in their places."""

import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from plumb_platform.documents.letter_rooms import (
    DEFINITION_ROOMS,
    DEFINITION_SIZE,
    METRIC_ROOMS,
    UNIT_ROOMS,
    Measure,
    broken,
    most,
)
from plumb_platform.documents.set_line import COMMON, LATIN, Unfit

SlotKind = Literal[
    "number",
    "name",
    "hand",
    "position",
    "detail",
    "subtitle",
    "metric",
    "definition",
    "unit",
    "target",
    "previous",
    "change",
    "weight",
    "split",
    "signed_at",
    "other_at",
    "issued_on",
    "code",
    "digest",
    "url",
    "banner_name",
    "banner_number",
    "banner_subtitle",
    "front_target",
    "front_weight",
    "bar",
    "share",
    "noted",
    "numbered",
]
_ALIKE = r"!#-&(-\[\]-~\u4e00-\u9fa5"
PLAIN = re.compile(rf"[{_ALIKE}]+(?: [{_ALIKE}]+)*")
"""Han and ASCII without quotation marks and backslashes: what is set alike wherever it stands in a line."""
LOOSE = re.compile(rf"(?!（)(?!.*[、（）][、（）])[{_ALIKE}·、（）]+(?: [{_ALIKE}·、（）]+)*")
"""The same with signs of Chinese names and units, which are moved only where a line begins or beside each other."""
CAPITALS = re.compile(r"[\u4e00-\u9fa5]+(?: · [\u4e00-\u9fa5]+)*")
"""Names of metrics and amounts in capitals."""
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)((?: \(UTC[!-~]+\))?)")
FIRST_MARK, DIGITS, MOST_SLOTS = 90_000, 5, 900
SHORTEST_WIDE = 10
WIDE_DIGITS, MOST_MOMENTS = "2568", 4**4
MARK = re.compile(r"90\d{3}|9999-99-99|80{5}")
"""What every mark has, once."""
FIRST_HEIGHT, STEP, TALLEST = 1.0, 0.05, 13.0
"""Millimetres of the bars of a shape: each has a height of its own by which it is found."""


class Slot(NamedTuple):
    """What stands in a slot, and the mark that stands for it in the shape."""

    kind: SlotKind
    mark: str
    text: str
    script: str = COMMON
    """That of the run around it, which a mark without letters does not tell by itself."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Height of a bar in a shape, and in the letter; millimetres."""

    mark: float
    height: float


class Marks:
    """Hands out marks and keeps what stands for them."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []
        self.bars: list[Bar] = []

    def mark(self, kind: SlotKind, text: str, digits: int | None = None) -> str:
        """Return a mark for a text that can stand in a slot, and the text itself for any other."""
        return self._mark(kind, text, digits) if PLAIN.fullmatch(text) else text

    def mark_loose(self, kind: SlotKind, text: str) -> str:
        """Do the same for one that stands at the left of its line, or in the middle, and may hold signs of Chinese names."""
        return self._mark(kind, text, None) if LOOSE.fullmatch(text) else text

    def mark_wide(self, kind: SlotKind, text: str) -> str:
        """Do the same for a text whose room is counted by its characters; raises Unfit for a short one or other signs."""
        if len(text) < SHORTEST_WIDE or not (text.isascii() and PLAIN.fullmatch(text)):
            raise Unfit
        return self._mark(kind, text, len(text))

    def mark_moment(self, kind: SlotKind, text: str) -> str:
        """Do the same for a moment, whose line may break before its zone: none is wider than the mark, or by far narrower."""
        found = MOMENT.fullmatch(text)
        if found is None or len(self.slots) >= MOST_MOMENTS:
            return text
        marked = "".join(WIDE_DIGITS[len(self.slots) >> shift & 3] for shift in (6, 4, 2, 0))
        return self._keep(kind, f"9999-99-99 {marked[:2]}:{marked[2:]}:99", found[1], LATIN if found[2] else COMMON) + found[2]

    def mark_definition(self, where: str, goal: dict[str, Any], measure: Measure) -> None:
        """Mark each line of what stands below the name of a goal, as an amount in capitals; a text with other signs stays."""
        text = goal["definition"]
        if CAPITALS.fullmatch(text):
            lines = broken(text, DEFINITION_ROOMS[where], DEFINITION_SIZE, measure)
            goal["definition"] = "\n".join(self.mark_loose("definition", each) for each in lines)

    def mark_name(self, where: str, goal: dict[str, Any]) -> None:
        """Mark the name of a goal and its unit where they fit on a line."""
        if self.is_short(where, goal["metric"]):
            goal["metric"] = self.mark_loose("metric", goal["metric"])
        room, size = UNIT_ROOMS[where]
        if size * most(goal["unit"]) < room:
            goal["unit"] = self.mark("unit", goal["unit"])

    def is_short(self, where: str, metric: str) -> bool:
        """Whether the name of a goal fits on its line and can stand in a slot."""
        room, size = METRIC_ROOMS[where]
        return LOOSE.fullmatch(metric) is not None and size * most(metric) < room

    def mark_bar(self, height: str) -> str:
        """Return the height of a bar of the shape."""
        mark = round(FIRST_HEIGHT + STEP * len(self.bars), 2)
        if mark > TALLEST:
            raise Unfit
        self.bars.append(Bar(mark, float(height)))
        return f"{mark}"

    def _mark(self, kind: SlotKind, text: str, digits: int | None) -> str:
        place = len(self.slots)
        return self._keep(kind, f"8{place:0{digits - 1}}" if digits else f"{FIRST_MARK + place}", text)

    def _keep(self, kind: SlotKind, mark: str, text: str, script: str = COMMON) -> str:
        self.slots.append(Slot(kind, mark, text, script))
        return mark
