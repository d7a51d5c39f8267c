"""How much room texts have in the typst templates of letters, on A4; follows the widths in `parts.typ` and the designs.

Lengths are points, measures of texts are ems. Whatever is so near to its room that it may or may not fit is never taken apart.
"""

import re
from collections.abc import Callable
from typing import Any

from plumb_platform.documents.set_line import Unfit

Measure = Callable[[str, bool], float]
"""Returns how many ems a text is wide in the letter's typeface, heavy or not; raises Unfit."""
HAN_ONLY = re.compile("[\u4e00-\u9fa5]+")
UNBROKEN = re.compile("[^ ] *")
HAND_ROOMS = {
    ("formal", "zh-CN"): {"manager": 100.3, "employee": 121.9},
    ("formal", "en"): {"manager": 94.8, "employee": 90.5},
    ("commitment", "zh-CN"): {"manager": 131.2, "employee": 138.1},
    ("commitment", "en"): {"manager": 126.9, "employee": 105.6},
}
"""The lines where the sides sign, by design and locale: a manager's is beside the seal."""
OTHERS_ROOM = {"formal": 164.9, "commitment": 184.2}
"""The line of whoever signs besides."""
HAND_SIZE, HAND_TRACKING, SPACE, POSITION_SIZE, SURE = 11.0, {"zh-CN": 0.1, "en": 0.02}, 2.4, 8.4, 0.5
"""How name and position are set there; a position which may or may not go to a line of its own is left to typst."""
HEAD_ROOMS, HEAD_SIZE, HEAD_SPARE = {"formal": 409.3, "commitment": 447.9}, 9.4, 16.0
"""The line that a goal's name and its total share above its parts (`split-table` in parts.typ), and what is to spare."""
DEFINITION_ROOMS, DEFINITION_SIZE, NEAR = (
    {"formal": 162.71, "commitment": 201.26, "battle_map": 161.57, "changes": 111.69},
    8.4,
    0.05,
)
"""Below the name of a goal, by design or in the table of changes."""
METRIC_ROOMS = {"formal": (162.7, 9.8), "commitment": (201.2, 13.4), "battle_map": (161.5, 11.4), "changes": (111.6, 9.8)}
UNIT_ROOMS = {"formal": (36.8, 9.8), "changes": (31.1, 9.8), "commitment": (60.0, 9.6), "battle_map": (30.0, 9.2)}
"""The name of a goal and its unit: room and size; in the larger designs a unit stands behind its figure."""
LONGEST_FIGURE = {"formal": 18, "commitment": 14, "battle_map": 13, "changes": 14}
LONGEST_SPLIT, LONGEST_CHANGE, LONGEST_BAR = 13, 8, 11
"""From these on, figures are set smaller than their neighbours (`fitted` in parts.typ)."""
SUBTITLE_ROOM, SUBTITLE_SIZE, SUBTITLE_TRACKING = 400.0, 11.5, 0.12
WIDE_PAGE, INSET, GUTTER, KNOWN_SIZE, LABEL_SIZE = 768.19, 17.01, 8.51, 9.6, 8.0
"""Of a battle map: the width of its page, and what its facts below the banner keep for themselves."""
NOTE_ROOM, NOTE_SIZE, INDENT = 740.0, 9.2, 2.0


def most(text: str) -> float:
    """Return more ems than a text is wide, unless most of its letters are wide ones."""
    return sum(1.0 if character >= "\u3000" else 0.66 for character in text)


def hand_room(room: float, name: str, position: str, locale: str, measure: Measure) -> float:
    """Return how much of the line is left beside the name and the position of who signs."""
    tracking = HAND_SIZE * HAND_TRACKING[locale] * (len(name) - 1)
    beside = SPACE + POSITION_SIZE * measure(position, False) if position else 0.0
    return room - HAND_SIZE * measure(name, True) - tracking - beside


def may_wrap(design: str, goal: dict[str, Any], total: str, mark: str, measure: Measure) -> bool:
    """Whether a long name may take another line beside the total of its goal than beside a mark: the total takes its room."""
    wider = max((goal["target"], mark), key=len)
    ems = measure(goal["metric"], True) + measure(f"{total} {wider} {goal['unit']}", False)
    return HEAD_ROOMS[design] - HEAD_SIZE * ems < HEAD_SPARE


def known_room(known: list[tuple[str, str]], fixed: frozenset[str], measure: Measure) -> float:
    """Return the room of a fact below the banner of a battle map: what the `fixed` values leave is shared alike."""
    taken = GUTTER * (len(known) - 1)
    taken += sum(
        max(KNOWN_SIZE * measure(value, True), LABEL_SIZE * measure(name, False)) + INSET
        for name, value in known
        if value in fixed
    )
    shared = [value for _, value in known if value not in fixed]
    return (WIDE_PAGE - taken) / max(1, len(shared)) - INSET


def broken(text: str, room: float, size: float, measure: Measure) -> list[str]:
    """Return the lines of a text that typst fills one after the other; it may break between Han and after spaces.

    `text` has Han and lone points between spaces. Raises Unfit where it may fit or not.
    """
    whole = measure(text, False)
    if HAN_ONLY.fullmatch(text) and whole == len(text):
        if abs((room + size / 2) % size - size / 2) < NEAR:
            raise Unfit
        most_of_line = int(room / size)
        return [text[at : at + most_of_line] for at in range(0, len(text), most_of_line)]
    lines, line = [], ""
    for piece in UNBROKEN.findall(text):
        wanted = size * measure((line + piece).rstrip(" "), False)
        if abs(wanted - room) < NEAR or (not line and wanted > room):
            raise Unfit
        if wanted > room:
            lines.append(line.rstrip(" "))
            line = ""
        line += piece
    return [*lines, line]
