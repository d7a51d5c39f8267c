"""Sets the lines of one block of a laid-out document anew, by WeasyPrint's own line layout, where nothing else would move.

Widths may not follow from what stands in a block: floats around it, tables with columns of their contents, flexible boxes and
whatever shrinks to fit are left alone. Heights and baselines of the lines are compared: what is as high as before moves nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout.background import layout_box_backgrounds
from weasyprint.layout.inline import iter_line_boxes

Box = Any
"""A box of WeasyPrint's, which carries no types."""
FLOWING = frozenset({boxes.BlockBox, boxes.TableBox, boxes.TableRowGroupBox, boxes.TableRowBox, boxes.TableCellBox})
"""What may be around a block whose width does not follow from its content (a table as long as its layout is fixed)."""
IN_LINES = frozenset(
    {boxes.LineBox, boxes.InlineBox, boxes.TextBox, boxes.InlineBlockBox, boxes.InlineReplacedBox, boxes.BlockBox}
)
PLACED = frozenset({"static", "relative"})
NEAR = 1e-6
"""Of a pixel: where a line is set anew after it was moved, its heights differ by roundings of floating numbers."""


class Unsteady(Exception):
    """A text cannot be set anew by itself, or something else would move with it."""


@dataclass(slots=True)
class Block:
    """A block of lines before it is laid out, and its fragments by their pages."""

    origin: Box
    fragments: list[tuple[Box, Box]] = field(default_factory=list)
    is_proven: bool = False


def is_kept_whole(context: Any, shown: Iterable[Box]) -> bool:
    """Whether nothing in a document names another place of it, and drawing it changes none of its boxes."""
    if context.footnotes or any(context.running_elements.values()) or context.target_collector.target_lookup_items:
        return False
    return all(_draws_alike(box.style) for box in shown)


def _draws_alike(style: Any) -> bool:
    return bool(style["text_overflow"] == "clip" and style["block_ellipsis"] == "none" and style["max_lines"] == "none")


class Reliner:
    """The blocks of lines of one document."""

    def __init__(self, context: Any, root: Box) -> None:
        """Note the blocks of `root`, which is not laid out yet."""
        self._context = context
        self._parents = {id(child): box for box in root.descendants() for child in box.children}
        self._blocks: list[Block] = []
        self._floats: list[tuple[Box, Box]] = []
        for box in root.descendants():
            if box.is_floated():
                box.kept_cell = self._cell_of(box)
            if isinstance(box, boxes.LineBox):
                block = self._parents[id(box)]
                block.kept_block = len(self._blocks)
                self._blocks.append(Block(block))

    def find_lines(self, shown: Iterable[tuple[Box, Box]]) -> None:
        """Find the blocks again among the boxes of pages, each with its page."""
        for page, box in shown:
            number = getattr(box, "kept_block", None)
            if number is not None and isinstance(box, boxes.BlockContainerBox):
                self._blocks[number].fragments.append((page, box))
            if getattr(box, "kept_cell", None) is not None:
                self._floats.append((page, box))

    def block_of(self, box: Box) -> Block | None:
        """Return the outermost block of lines that a box stands in."""
        around = [box, *self._around(box)]
        line = next((each for each in reversed(around) if isinstance(each, boxes.LineBox)), None)
        return None if line is None else self._blocks[self._parents[id(line)].kept_block]

    def prove(self, blocks: Iterable[Block]) -> None:
        """Raise Unsteady unless each block stands where nothing moves it, and is set again just as it was set."""
        for block in blocks:
            if not block.is_proven:
                self._check(block)
                ((_, fragment),) = block.fragments
                if not _are_alike(self._lines(block), fragment.children):
                    raise Unsteady
                block.is_proven = True

    def set_anew(self, blocks: Iterable[Block]) -> None:
        """Set the lines of blocks whose texts have changed; raises Unsteady."""
        for block in blocks:
            lines = self._lines(block)
            ((page, fragment),) = block.fragments
            fragment.children = type(fragment.children)(lines)
            for line in lines:
                layout_box_backgrounds(page, line, self._context.get_image_from_uri)

    def _around(self, box: Box) -> Iterator[Box]:
        while (box := self._parents.get(id(box))) is not None:
            yield box

    def _cell_of(self, box: Box) -> int:
        """Return which cell a box stands in: no float reaches out of one, nor into it."""
        return next((id(each) for each in self._around(box) if isinstance(each, boxes.TableCellBox)), 0)

    def _check(self, block: Block) -> None:
        origin = block.origin
        around = [origin, *self._around(origin)]
        if len(block.fragments) != 1 or not all(map(_is_steady, around)):
            raise Unsteady
        page, fragment = block.fragments[0]
        is_apart = isinstance(origin, boxes.TableCellBox)
        for box in origin.children[0].descendants():
            if type(box) not in IN_LINES or not _is_plain(box) or box.style["position"] != "static" or box.is_table_wrapper:
                raise Unsteady
            if box.style["bookmark_level"] != "none" or box.style["string_set"] != "none":
                raise Unsteady
            if box.is_floated() and not is_apart:
                raise Unsteady
        beside = (each for on, each in self._floats if on is page and each.kept_cell == self._cell_of(origin))
        if not is_apart and any(_are_side_by_side(each, fragment) for each in beside):
            raise Unsteady

    def _lines(self, block: Block) -> list[Box]:
        """Return the lines of a block as they are set now; raises Unsteady where they are not as high as before."""
        ((_, fragment),) = block.fragments
        old, context = fragment.children, self._context
        left: list[Box] = []
        (line_box,) = block.origin.children
        lines: list[Box] = []
        context.create_block_formatting_context()
        try:
            arguments = (context, line_box, old[0].position_y, -inf, None, fragment, left, left, None, None)
            for line, resume_at in iter_line_boxes(*arguments):
                line.resume_at = resume_at
                lines.append(line)
                if len(lines) > len(old):
                    raise Unsteady
        finally:
            context.finish_block_formatting_context()
        if left or len(lines) != len(old) or not all(map(_is_as_high, lines, old)):
            raise Unsteady
        return lines


def _is_steady(box: Box) -> bool:
    """Whether the width of a box follows from what is around it alone."""
    style = box.style
    if type(box) not in FLOWING or box.is_flex_item or box.is_grid_item or not _is_plain(box):
        return False
    if style["position"] not in PLACED or style["float"] != "none" or box.is_outside_marker:
        return False
    if style["column_width"] != "auto" or style["column_count"] != "auto" or style["continue"] != "auto":
        return False
    if isinstance(box, boxes.TableBox) and (style["table_layout"] != "fixed" or style["width"] == "auto"):
        return False
    widths = (style["width"], style["min_width"], style["max_width"])
    return not any(isinstance(each, str) and each not in ("auto", "none") for each in widths)


def _is_plain(box: Box) -> bool:
    """Whether nothing about a box is made of its text beside the text itself."""
    style = box.style
    return not box.first_letter_style and not box.first_line_style and not box.is_leader and style["text_transform"] == "none"


def _are_side_by_side(one: Box, two: Box) -> bool:
    """Whether two boxes share a height, or nearly."""
    return bool(
        one.position_y <= two.position_y + two.margin_height() + 1 and two.position_y <= one.position_y + one.margin_height() + 1
    )


def _is_as_high(new: Box, old: Box) -> bool:
    """Whether a line takes the place of another; heights that are the same but for roundings become the very same numbers."""
    if new.height != old.height or new.baseline != old.baseline or abs(_reach(new) - _reach(old)) > NEAR:
        return False
    heights = {box.position_y for box in old.descendants()}
    for box in new.descendants():
        away, height = min((abs(each - box.position_y), each) for each in heights)
        box.position_y = height if away < NEAR else box.position_y
    return True


def _reach(line: Box) -> float:
    """Return how far down the floats of a line reach."""
    return max((box.position_y + box.margin_height() for box in line.descendants() if box.is_floated()), default=0.0)


def _are_alike(new: Sequence[Box], old: Sequence[Box]) -> bool:
    return len(new) == len(old) and all(
        type(one) is type(two)
        and all(getattr(one, name, None) == getattr(two, name, None) for name in LAID)
        and _are_alike(one.children, two.children)
        for one, two in zip(new, old, strict=True)
    )


LAID = ("position_x", "position_y", "width", "height", "baseline", "text", "justification_spacing", "margin_top", "margin_left")
"""What laying out finds out of a box in a line."""
