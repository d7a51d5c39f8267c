"""Takes a CID-keyed CFF font apart into its glyphs and the rest, and writes one on another grid (Adobe Technical Note 5176)."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from struct import unpack

from plumb_platform.documents.charstrings_written import number_of

CHARSET, CHARSTRINGS, PRIVATE, MATRIX, BOX = b"\x0f", b"\x11", b"\x12", b"\x0c\x07", b"\x05"
FD_ARRAY, FD_SELECT, REGISTRY, FONT_NAME = b"\x0c\x24", b"\x0c\x25", b"\x0c\x1e", b"\x0c\x26"
USUAL_WIDTH, NOMINAL_WIDTH, SUBROUTINES = b"\x14", b"\x15", b"\x13"
IDENTITY = b"\x8c\x8b\x8b\x8c\x8b\x8b"
HEADER = b"\1\0\4\4"
PLACES = (CHARSET, FD_SELECT, CHARSTRINGS, FD_ARRAY)
"""What a Top DICT says by its offset."""
REAL_DIGITS = "0123456789.EE -"
Entries = dict[bytes, bytes]
"""Operators of a DICT with their operands as they are written."""


class UnknownFont(ValueError):
    """The font is of another form than those that letters embed."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What stays of a font whatever its outlines are: its strings, charset, and which glyph is of which of its parts."""

    top: Entries
    strings: bytes
    charset: bytes
    select: bytes
    parts: list[Entries]


@dataclass(frozen=True, slots=True)
class CffFont:
    """A font by its glyphs; `widths` are the usual and the nominal width that hold for each."""

    name: bytes
    charstrings: list[bytes]
    widths: list[tuple[float, float]]
    rest: Rest


def cid_font(program: bytes) -> CffFont:
    """Return a font of 1,000 units to an em by its parts; raises UnknownFont."""
    try:
        return _read(program)
    except (IndexError, KeyError, ValueError) as problem:
        raise UnknownFont(str(problem)) from None


def _read(program: bytes) -> CffFont:
    names, at = _index(program, program[2])
    tops, at = _index(program, at)
    strings_at = at
    _, at = _index(program, at)
    strings = program[strings_at:at]
    (name,), top = names, _entries(tops[0])
    if REGISTRY not in top or _matrix(top) not in (None, [0.001, 0, 0, 0.001, 0, 0]):
        raise UnknownFont("not keyed by CID, or of another grid")
    charset, select, glyphs, array = (int(_numbers(top[each])[0]) for each in PLACES)
    charstrings, _ = _index(program, glyphs)
    parts = [_entries(each) for each in _index(program, array)[0]]
    if any(_matrix(each) not in (None, [1, 0, 0, 1, 0, 0]) for each in parts):
        raise UnknownFont("a part has a grid of its own")
    count = len(charstrings)
    selected, select_end = _selected(program, select, count)
    widths = [_widths(program, part) for part in parts]
    rest = Rest(top, strings, program[charset : _charset_end(program, charset, count)], program[select:select_end], parts)
    return CffFont(name, charstrings, [widths[part] for part in selected], rest)


def cff_table(open_type: bytes) -> bytes:
    """Return the CFF font within an OpenType file (its table directory: OpenType 1.9, "Font file"); raises UnknownFont."""
    for at in range(12, 12 + 16 * int.from_bytes(open_type[4:6]), 16):
        if open_type[at : at + 4] == b"CFF ":
            start, length = int.from_bytes(open_type[at + 8 : at + 12]), int.from_bytes(open_type[at + 12 : at + 16])
            return open_type[start : start + length]
    raise UnknownFont("it has no such outlines")


def only(font: CffFont, cids: Container[int]) -> CffFont:
    """Return a font that has no glyphs but `cids` and the one for what is missing, all of one part.

    Parts tell apart widths and hints: outlines on a coarser grid have the former in common and none of the latter.
    """
    has = [0, *_charset(font.rest.charset, len(font.charstrings))]
    kept = [place for place, cid in enumerate(has) if not place or cid in cids]
    rest = of_one_part(font.rest, [has[place] for place in kept[1:]])
    return CffFont(font.name, [font.charstrings[place] for place in kept], [font.widths[place] for place in kept], rest)


def of_one_part(rest: Rest, cids: Sequence[int]) -> Rest:
    """Return what is around glyphs of these CIDs, in this order behind the one for what is missing, all of the first part."""
    select = b"\3\0\1\0\0\0" + (len(cids) + 1).to_bytes(2)
    return Rest(rest.top, rest.strings, b"\0" + b"".join(cid.to_bytes(2) for cid in cids), select, rest.parts[:1])


def written_font(font: CffFont, grid: int) -> bytes:
    """Return a font whose charstrings are on `grid` units to an em, an em wide unless they say otherwise."""
    rest, private = font.rest, number_of(grid) + USUAL_WIDTH
    top = rest.top | {MATRIX: b"%b\x8b\x8b%b\x8b\x8b" % (_real(1 / grid), _real(1 / grid))}
    top |= {BOX: b"".join(number_of(round(each * grid / 1000)) for each in _numbers(top.get(BOX, b"\x8b" * 4)))}
    head = HEADER + _indexed([font.name])
    length = len(head) + len(_indexed([_dictionary(top | dict.fromkeys(PLACES, _offset(0)))])) + len(rest.strings) + 2
    places, body = {}, bytearray()

    def put(name: bytes, content: bytes) -> None:
        places[name] = length + len(body)
        body.extend(content)

    put(CHARSET, rest.charset)
    put(FD_SELECT, rest.select)
    put(PRIVATE, private)
    said = number_of(len(private)) + _offset(places[PRIVATE])
    put(FD_ARRAY, _indexed([_dictionary(each | {MATRIX: IDENTITY, PRIVATE: said}) for each in rest.parts]))
    put(CHARSTRINGS, _indexed(font.charstrings))
    placed = _dictionary(top | {name: _offset(places[name]) for name in PLACES})
    return head + _indexed([placed]) + rest.strings + b"\0\0" + bytes(body)


def _index(program: bytes, at: int) -> tuple[list[bytes], int]:
    """Return the items of an INDEX (section 5) and where it ends."""
    count, size = int.from_bytes(program[at : at + 2]), program[at + 2]
    if not count:
        return [], at + 2
    base = at + 2 + (count + 1) * size
    offsets = _offsets(program[at + 3 : base + 1], size)
    if offsets != sorted(offsets) or base + offsets[-1] > len(program):
        raise UnknownFont("an index leads out of the font")
    items = program[base : base + offsets[-1]]
    return [items[start:end] for start, end in pairwise(offsets)], base + offsets[-1]


def _offsets(written: bytes, size: int) -> list[int]:
    """Return offsets of `size` bytes each, read by columns: a font of a language has tens of thousands."""
    if not 1 <= size <= 4:
        raise UnknownFont("offsets of another size")
    wide = bytearray(len(written) // size * 4)
    for place in range(size):
        wide[4 - size + place :: 4] = written[place::size]
    return list(unpack(f">{len(wide) // 4}I", wide))


def _indexed(items: Sequence[bytes]) -> bytes:
    offsets = [1]
    for each in items:
        offsets.append(offsets[-1] + len(each))
    size = (offsets[-1].bit_length() + 7) // 8
    return b"".join((len(items).to_bytes(2), bytes((size,)), *(each.to_bytes(size) for each in offsets), *items))


def _entries(dictionary: bytes) -> Entries:
    found: Entries = {}
    start = at = 0
    while at < len(dictionary):
        if dictionary[at] <= 21:
            end = at + (2 if dictionary[at] == 12 else 1)
            found[dictionary[at:end]] = dictionary[start:at]
            start = at = end
        else:
            at = _operand_end(dictionary, at)
    return found


def _operand_end(dictionary: bytes, at: int) -> int:
    first = dictionary[at]
    if first == 30:
        at += 1
        while dictionary[at] & 15 != 15:
            at += 1
        return at + 1
    return at + {28: 3, 29: 5}.get(first, 1 if first < 247 else 2)


def _dictionary(entries: Entries) -> bytes:
    return b"".join(operands + operator for operator, operands in entries.items())


def _numbers(operands: bytes) -> list[float]:
    numbers, at = [], 0
    while at < len(operands):
        end = _operand_end(operands, at)
        numbers.append(_number(operands[at:end]))
        at = end
    return numbers


def _number(operand: bytes) -> float:
    first = operand[0]
    if first == 30:
        return float("".join(_digits(operand[1:])))
    if first in (28, 29):
        return int.from_bytes(operand[1:], signed=True)
    if first < 247:
        return first - 139
    return (first - 247) * 256 + operand[1] + 108 if first < 251 else (251 - first) * 256 - operand[1] - 108


def _digits(packed: bytes) -> Iterator[str]:
    for nibble in (half for byte in packed for half in (byte >> 4, byte & 15)):
        if nibble == 15:
            return
        yield "E-" if nibble == 12 else REAL_DIGITS[nibble]


def _real(value: float) -> bytes:
    """Return a real number as a DICT writes it (table 5)."""
    nibbles = [10 if each == "." else int(each) for each in f"{value:.8f}".rstrip("0").lstrip("0")] + [15]
    nibbles += [15] * (len(nibbles) % 2)
    return b"\x1e" + bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2], strict=True))


def _offset(value: int) -> bytes:
    """Return an offset, always in five bytes: where things are does not change how long it takes to say so."""
    return b"\x1d" + value.to_bytes(4)


def _matrix(entries: Entries) -> list[float] | None:
    return _numbers(entries[MATRIX]) if MATRIX in entries else None


def _charset_end(program: bytes, at: int, count: int) -> int:
    """Return where the charset of `count` glyphs ends (section 13)."""
    if program[at] == 0:
        return at + 1 + 2 * (count - 1)
    size = program[at]
    if size > 2:
        raise UnknownFont("a charset of another form")
    left, at = count - 1, at + 1
    while left > 0:
        left -= int.from_bytes(program[at + 2 : at + 2 + size]) + 1
        at += 2 + size
    return at


def _charset(charset: bytes, count: int) -> Iterator[int]:
    """Yield the CIDs of all glyphs but the first (section 13)."""
    size, at = charset[0], 1
    while at < len(charset):
        first = int.from_bytes(charset[at : at + 2])
        left = int.from_bytes(charset[at + 2 : at + 2 + size])
        yield from range(first, min(first + left + 1, first + count))
        at += 2 + size


def _selected(program: bytes, at: int, count: int) -> tuple[list[int], int]:
    """Return the part of each glyph, and where that is said to its end (section 19)."""
    if program[at] == 0:
        return list(program[at + 1 : at + 1 + count]), at + 1 + count
    if program[at] != 3:
        raise UnknownFont("parts are told in another form")
    ranges = int.from_bytes(program[at + 1 : at + 3])
    firsts = [int.from_bytes(program[each : each + 2]) for each in range(at + 3, at + 3 + 3 * ranges + 1, 3)]
    parts = [program[each] for each in range(at + 5, at + 5 + 3 * ranges, 3)]
    selected: list[int] = []
    for place, part in enumerate(parts):
        selected += [part] * (firsts[place + 1] - firsts[place])
    if len(selected) != count:
        raise UnknownFont("a glyph is of no part")
    return selected, at + 3 + 3 * ranges + 2


def _widths(program: bytes, part: Entries) -> tuple[float, float]:
    size, at = map(int, _numbers(part[PRIVATE]))
    private = _entries(program[at : at + size])
    usual, nominal = (_numbers(private[each])[0] if each in private else 0.0 for each in (USUAL_WIDTH, NOMINAL_WIDTH))
    return usual, nominal
