"""Writes outlines as Type 2 charstrings (Adobe Technical Note 5177), each segment by the operator that needs fewest operands."""

from collections.abc import Sequence

from plumb_platform.documents.charstrings import (
    ENDCHAR,
    FIXED,
    HHCURVE,
    HLINE,
    HMOVE,
    HVCURVE,
    MOST_OPERANDS,
    RCURVE,
    RLINE,
    RMOVE,
    VHCURVE,
    VLINE,
    VMOVE,
    VVCURVE,
    Contour,
    Segment,
)

LEVEL, UPRIGHT, OBLIQUE = "h", "v", "r"


def charstring_of(width: float | None, contours: Sequence[Contour]) -> bytes:
    """Return the charstring of contours whose points are whole numbers; `width` is what it says of its own, if anything."""
    written, x, y = bytearray(b"" if width is None else number_of(width)), 0.0, 0.0
    for contour in contours:
        start = contour[0]
        written += _moved(start[0] - x, start[1] - y)
        x, y = start
        steps: list[Segment] = []
        for segment in contour[1:]:
            steps.append(_step(x, y, segment))
            x, y = segment[-2:]
        written += _drawn(steps)
    written.append(ENDCHAR)
    return bytes(written)


def number_of(value: float) -> bytes:
    """Return an operand (section 3.2); one with a fraction is rounded to the next of 65,536 parts."""
    whole = int(value)
    if whole != value:
        return b"\xff" + round(value * FIXED).to_bytes(4, signed=True)
    if -107 <= whole <= 107:
        return bytes((whole + 139,))
    if 108 <= abs(whole) <= 1131:
        beyond = abs(whole) - 108
        return bytes(((247 if whole > 0 else 251) + (beyond >> 8), beyond & 255))
    return b"\x1c" + whole.to_bytes(2, signed=True)


def _moved(across: float, up: float) -> bytes:
    if not up:
        return number_of(across) + bytes((HMOVE,))
    if not across:
        return number_of(up) + bytes((VMOVE,))
    return number_of(across) + number_of(up) + bytes((RMOVE,))


def _step(x: float, y: float, segment: Segment) -> Segment:
    """Return a segment by the steps from each of its points to the next."""
    if len(segment) == 2:
        return segment[0] - x, segment[1] - y
    one, two, three, four, five, six = segment
    return one - x, two - y, three - one, four - two, five - three, six - four


def _drawn(steps: list[Segment]) -> bytes:
    written, at = bytearray(), 0
    ways = [_ways(step) for step in steps]
    while at < len(steps):
        operands, operator, at = _run(steps, ways, at)
        for each in operands:
            written += number_of(each)
        written.append(operator)
    return bytes(written)


def _ways(step: Segment) -> str:
    """Return how a segment begins and ends: level, upright or oblique; one letter for a line."""
    begins = LEVEL if not step[1] else UPRIGHT if not step[0] else OBLIQUE
    if len(step) == 2:
        return begins
    return begins + (LEVEL if not step[5] else UPRIGHT if not step[4] else OBLIQUE)


def _run(steps: list[Segment], ways: list[str], at: int) -> tuple[list[float], int, int]:
    """Return the operands and the operator of as many segments as one takes from `at` on, and where the next begins."""
    first = ways[at]
    if first == OBLIQUE:
        return _oblique(steps, ways, at, RLINE)
    if len(first) == 1:
        return _straight(steps, ways, at)
    if first == "rr":
        return _oblique(steps, ways, at, RCURVE)
    if first in ("hh", "rh"):
        return _parallel(steps, ways, at, LEVEL)
    if first in ("vv", "rv"):
        return _parallel(steps, ways, at, UPRIGHT)
    return _turning(steps, ways, at)


def _oblique(steps: list[Segment], ways: list[str], at: int, operator: int) -> tuple[list[float], int, int]:
    operands: list[float] = []
    alike = ways[at]
    while at < len(steps) and ways[at] == alike and len(operands) + len(steps[at]) <= MOST_OPERANDS:
        operands += steps[at]
        at += 1
    return operands, operator, at


def _straight(steps: list[Segment], ways: list[str], at: int) -> tuple[list[float], int, int]:
    operands: list[float] = []
    way, operator = ways[at], HLINE if ways[at] == LEVEL else VLINE
    while at < len(steps) and ways[at] == way and len(operands) < MOST_OPERANDS:
        operands.append(steps[at][0] if way == LEVEL else steps[at][1])
        way = UPRIGHT if way == LEVEL else LEVEL
        at += 1
    return operands, operator, at


def _parallel(steps: list[Segment], ways: list[str], at: int, way: str) -> tuple[list[float], int, int]:
    """Curves that end as they begin; the first may begin otherwise."""
    along, beside = (0, 1) if way == LEVEL else (1, 0)
    operands: list[float] = [steps[at][beside]] if ways[at] == OBLIQUE + way else []
    is_first = True
    while at < len(steps) and (is_first or ways[at] == way + way) and len(operands) + 4 <= MOST_OPERANDS:
        step = steps[at]
        operands += (step[along], step[2], step[3], step[4 + along])
        at, is_first = at + 1, False
    return operands, HHCURVE if way == LEVEL else VVCURVE, at


def _turning(steps: list[Segment], ways: list[str], at: int) -> tuple[list[float], int, int]:
    """Curves that end across the way in which they begin; the last may end obliquely."""
    operands: list[float] = []
    way, operator = ways[at][0], HVCURVE if ways[at][0] == LEVEL else VHCURVE
    while at < len(steps) and len(ways[at]) == 2 and ways[at][0] == way and len(operands) + 5 <= MOST_OPERANDS:
        along, step, other = (0 if way == LEVEL else 1), steps[at], UPRIGHT if way == LEVEL else LEVEL
        if ways[at][1] == way:
            break
        operands += (step[along], step[2], step[3], step[5 - along])
        at, way = at + 1, other
        if ways[at - 1][1] == OBLIQUE:
            operands.append(step[4 + along])
            break
    return operands, operator, at
