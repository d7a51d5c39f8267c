"""Reads the outlines of CFF fonts (Type 2 charstrings, Adobe Technical Note 5177) as points, and writes them in few bytes.

Hints are left out; an outline that calls a subroutine or another glyph is refused.
"""

from collections.abc import Callable, Iterator, Sequence

Segment = tuple[float, ...]
"""A line to (x, y), or a curve by two handles to its end: (x, y, x, y, x, y)."""
Contour = list[Segment]
"""Where it begins, then its segments; a last line back to the beginning is left out."""
HSTEM, VSTEM, VMOVE, RLINE, HLINE, VLINE, RCURVE, ENDCHAR = 1, 3, 4, 5, 6, 7, 8, 14
HSTEMHM, HINTMASK, CNTRMASK, RMOVE, HMOVE, VSTEMHM = 18, 19, 20, 21, 22, 23
RCURVELINE, RLINECURVE, VVCURVE, HHCURVE, VHCURVE, HVCURVE = 24, 25, 26, 27, 30, 31
STEMS, MASKS, MOVES = frozenset({HSTEM, VSTEM, HSTEMHM, VSTEMHM}), frozenset({HINTMASK, CNTRMASK}), {RMOVE: 2, HMOVE: 1, VMOVE: 1}
MOST_OPERANDS = 48
"""Of one operator (appendix B)."""
FIXED = 65536


class UnknownOutline(ValueError):
    """The charstring holds what letters' fonts do not."""


def outline_of(code: bytes) -> tuple[float | None, list[Contour]]:
    """Return the width of a glyph as its charstring says it, None for the font's usual one, and its contours."""
    reader = _Reader(code)
    reader.read()
    return reader.width, reader.contours


class _Reader:
    def __init__(self, code: bytes) -> None:
        self._code, self._at, self._stems = code, 0, 0
        self._x = self._y = 0.0
        self._began = False
        self.width: float | None = None
        self.contours: list[Contour] = []

    def read(self) -> None:
        stack: list[float] = []
        while True:
            operator = self._number_or_operator(stack)
            if operator is None:
                continue
            if operator == ENDCHAR:
                self._take_width(stack, 0)
                if stack:
                    raise UnknownOutline("an accent by another glyph")
                return
            self._do(operator, stack)
            stack.clear()

    def _number_or_operator(self, stack: list[float]) -> int | None:
        """Put the number that stands here onto the stack, or return the operator."""
        try:
            first = self._code[self._at]
            self._at += 1
            if first >= 32 and first < 247:
                stack.append(first - 139)
            elif first >= 247 and first < 255:
                second = self._code[self._at]
                self._at += 1
                stack.append((first - 247) * 256 + second + 108 if first < 251 else (251 - first) * 256 - second - 108)
            elif first in (28, 255):
                size = 2 if first == 28 else 4
                value = int.from_bytes(self._code[self._at : self._at + size], signed=True)
                self._at += size
                stack.append(value if size == 2 else value / FIXED)
            else:
                return first
        except IndexError:
            raise UnknownOutline("it has no end") from None
        return None

    def _do(self, operator: int, stack: list[float]) -> None:
        if operator in MOVES:
            self._take_width(stack, MOVES[operator])
            self._x += stack[0] if operator != VMOVE else 0
            self._y += stack[-1] if operator != HMOVE else 0
            self.contours.append([(self._x, self._y)])
        elif operator in STEMS or operator in MASKS:
            self._take_width(stack, len(stack) // 2 * 2)
            self._stems += len(stack) // 2
            self._at += (self._stems + 7) // 8 if operator in MASKS else 0
        elif operator in SEGMENTS and self.contours:
            for deltas in SEGMENTS[operator](stack):
                self._draw(*deltas)
        else:
            raise UnknownOutline(f"operator {operator}")

    def _take_width(self, stack: list[float], needed: int) -> None:
        """The first operator has the width before its own operands, where it has one more than these."""
        if not self._began and len(stack) > needed:
            self.width = stack.pop(0)
        self._began = True

    def _draw(self, *deltas: float) -> None:
        points: list[float] = []
        for place in range(0, len(deltas), 2):
            self._x += deltas[place]
            self._y += deltas[place + 1]
            points += (self._x, self._y)
        self.contours[-1].append(tuple(points))


def _lines(stack: Sequence[float]) -> Iterator[Segment]:
    yield from ((stack[at], stack[at + 1]) for at in range(0, len(stack) - 1, 2))


def _straight(stack: Sequence[float], is_level: bool) -> Iterator[Segment]:
    for length in stack:
        yield (length, 0) if is_level else (0, length)
        is_level = not is_level


def _curves(stack: Sequence[float]) -> Iterator[Segment]:
    yield from (tuple(stack[at : at + 6]) for at in range(0, len(stack) - 5, 6))


def _curves_and_line(stack: Sequence[float]) -> Iterator[Segment]:
    yield from _curves(stack[:-2])
    yield stack[-2], stack[-1]


def _lines_and_curve(stack: Sequence[float]) -> Iterator[Segment]:
    yield from _lines(stack[:-6])
    yield tuple(stack[-6:])


def _level_curves(stack: Sequence[float]) -> Iterator[Segment]:
    across = stack[0] if len(stack) % 4 else 0
    for at in range(len(stack) % 4, len(stack), 4):
        yield stack[at], across, stack[at + 1], stack[at + 2], stack[at + 3], 0
        across = 0


def _upright_curves(stack: Sequence[float]) -> Iterator[Segment]:
    across = stack[0] if len(stack) % 4 else 0
    for at in range(len(stack) % 4, len(stack), 4):
        yield across, stack[at], stack[at + 1], stack[at + 2], 0, stack[at + 3]
        across = 0


def _turning_curves(stack: Sequence[float], is_level: bool) -> Iterator[Segment]:
    for at in range(0, len(stack) - 3, 4):
        last = stack[at + 4] if len(stack) - at == 5 else 0
        one, two, three, four = stack[at : at + 4]
        yield (one, 0, two, three, last, four) if is_level else (0, one, two, three, four, last)
        is_level = not is_level


SEGMENTS: dict[int, Callable[[Sequence[float]], Iterator[Segment]]] = {
    RLINE: _lines,
    HLINE: lambda stack: _straight(stack, True),
    VLINE: lambda stack: _straight(stack, False),
    RCURVE: _curves,
    RCURVELINE: _curves_and_line,
    RLINECURVE: _lines_and_curve,
    HHCURVE: _level_curves,
    VVCURVE: _upright_curves,
    HVCURVE: lambda stack: _turning_curves(stack, True),
    VHCURVE: lambda stack: _turning_curves(stack, False),
}
