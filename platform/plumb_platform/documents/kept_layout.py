"""A layout of WeasyPrint's that is kept: a document of the same HTML but for some texts fills in its own, line by line.

A text is set anew by the very functions that set it first. It is taken over only if its block has as many lines as before, of
the same heights, and if no width follows from what stands in it; else the document is laid out from the beginning.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from weasyprint import HTML
from weasyprint.css.counters import CounterStyle
from weasyprint.document import Document, DocumentMetadata, Page
from weasyprint.formatting_structure import boxes, build
from weasyprint.html import get_html_metadata
from weasyprint.layout import layout_document
from weasyprint.layout.background import layout_box_backgrounds
from weasyprint.layout.page import make_margin_boxes

from plumb_platform.documents.html_pieces import MARKED, TakenApart, collapsed
from plumb_platform.documents.relining import Block, Reliner, Unsteady, is_kept_whole

Box = Any
"""A box of WeasyPrint's, which carries no types."""
TEXTS = frozenset({"text", "tail"})
MOST_PLACES, MOST_PAGES = 3000, 12
"""Of a document that is kept: what is longer takes more memory than it is worth."""
BLANK = " \t\n"
COLLAPSING = frozenset({"normal", "nowrap"})
"""Values of `white-space` with which runs of white space are one space."""


@dataclass(slots=True, eq=False)
class Place:
    """Where a piece stands in the tree of elements, and the box that shows it before it is laid out."""

    owner: Any
    element: Any
    """The element that the piece stands in, and the one that it is told by: the owner, or a child that it follows."""
    where: str
    """`text`, `tail`, or the name of an attribute."""
    before: str
    after: str
    text: str = ""
    box: Box = None
    is_unshown: bool = False
    """Whether nothing of its element is shown, as of a title."""

    def write(self, text: str) -> None:
        """Write the piece into its element."""
        self.text = text
        if self.where in TEXTS:
            setattr(self.element, self.where, self.before + text + self.after)
        else:
            self.element.set(self.where, text)


class KeptLayout:
    """One document of WeasyPrint's, laid out, and filled with others' texts as long as they fit."""

    def __init__(self, taken: TakenApart, fonts: Any, fetcher: Any, pictures: Any, options: Mapping[str, Any]) -> None:
        """Lay a document out, by two fetchers: of what it names, and of its pictures; raises what WeasyPrint raises."""
        self._fonts, self._options, self._profiles = fonts, dict(options), dict[str, Any]()
        self._html, self._places = _parsed(taken, fetcher)
        counter_style = CounterStyle()
        # There is no other door to what a document is laid out with.
        context = Document._build_layout_context(self._html, fonts, counter_style, self._profiles, self._options)  # noqa: SLF001
        context.get_image_from_uri = partial(context.get_image_from_uri, url_fetcher=pictures)
        self._context: Any = context
        root = build.build_formatting_structure(
            self._html.etree_element,
            *(context.style_for, context.get_image_from_uri, self._html.base_url, context.target_collector, counter_style),
            context.footnotes,
        )
        _find_boxes(root, self._places)
        self._reliner = Reliner(context, root)
        for place in self._places:
            if place.box is not None:
                place.box.kept_place = id(place)
        self._named = [box for box in root.descendants() if box.style["string_set"] != "none" or box.bookmark_label]
        for box in self._named:
            box.kept_name = id(box)
        self._pages: list[Box] = list(layout_document(self._html, root, context))
        shown = [(page, box) for page in self._pages for box in page.descendants(placeholders=True)]
        self._reliner.find_lines(shown)
        self._pictures = [box for _, box in shown if isinstance(box, boxes.ReplacedBox)]
        self._strings = [
            (number, box) for number, page in enumerate(self._pages, 1) for box in page.descendants() if box.string_set
        ]
        self._titles = [box for _, box in shown if box.bookmark_label]
        self.is_kept = (
            0 < len(self._places) <= MOST_PLACES
            and len(self._pages) <= MOST_PAGES
            and is_kept_whole(context, (box for _, box in shown))
            and self._names_alike()
        )

    def document(self) -> Any:
        """Return what is laid out as WeasyPrint's document."""
        pages = [Page(page) for page in self._pages]
        metadata = DocumentMetadata(**get_html_metadata(self._html))
        return Document(pages, metadata, self._html.url_fetcher, self._fonts, self._profiles, self._options["output_intent"])

    def fill(self, texts: tuple[str, ...]) -> None:
        """Fill in the texts of another document; raises Unsteady where that is not sure to be how it would be laid out.

        A layout that has raised says neither the one nor the other, and is good for nothing.
        """
        changed = [(place, text) for place, text in zip(self._places, texts, strict=True) if text != place.text]
        blocks = {id(block): block for place, _ in changed if (block := self._block_of(place)) is not None}.values()
        self._reliner.prove(blocks)
        cache: dict[str, Any] = {}
        for place, text in changed:
            if place.where == "src":
                self._exchange(place, text, cache)
            _fill_box(place, text)
            place.write(text)
        self._reliner.set_anew(blocks)
        self._renew_margins()

    def _block_of(self, place: Place) -> Block | None:
        """Return the block of lines that has to be set anew with a piece; raises Unsteady where it is not known."""
        if place.box is not None:
            block = self._reliner.block_of(place.box)
            if block is None and place.where in TEXTS:
                raise Unsteady
            return block
        if place.where == "src" or (place.where in TEXTS and not (place.is_unshown and place.owner.tag == "title")):
            raise Unsteady
        return None

    def _exchange(self, place: Place, url: str, cache: dict[str, Any]) -> None:
        """Put another picture of the same size in the place of one."""
        orientation = place.box.style["image_orientation"]
        image = self._context.get_image_from_uri(cache=cache, url=url, orientation=orientation)
        if image is None or _size(place.box, image) != _size(place.box, place.box.replacement):
            raise Unsteady
        for box in (place.box, *self._pictures):
            if getattr(box, "kept_place", None) == id(place):
                box.replacement = image

    def _renew_margins(self) -> None:
        """Make the boxes of the pages' margins anew where the strings that they show have changed (`string-set`)."""
        context = self._context
        before = {name: dict(by_page) for name, by_page in context.string_set.items()}
        titles = {box.kept_name: _told(self._name(box))["bookmark"] for box in self._named}
        for box in self._titles:
            box.bookmark_label = titles[box.kept_name]
        context.string_set.clear()
        for number, box in self._strings:
            for name, text in box.string_set:
                context.string_set[name][number].append(text)
        if before == {name: dict(by_page) for name, by_page in context.string_set.items()}:
            return
        for number, page in enumerate(self._pages, 1):
            context.current_page = number
            made = list(make_margin_boxes(context, page, context.page_maker[number][3]))
            page.children = (*(child for child in page.children if not isinstance(child, boxes.MarginBox)), *made)
            for box in made:
                layout_box_backgrounds(page, box, context.get_image_from_uri)

    def _name(self, box: Box) -> Box:
        """Read the strings and the bookmark of a box from its texts once more."""
        context = self._context
        known = box.cached_counter_values or {}, context.target_collector, context.counter_style
        for name, content in box.style["string_set"] if box.style["string_set"] != "none" else ():
            build.compute_string_set(box.element, box, name, content, *known)
        if box.style["bookmark_level"] != "none":
            build.compute_bookmark_label(box.element, box, box.style["bookmark_label"], *known)
        return box

    def _names_alike(self) -> bool:
        """Whether what is read from the boxes now is what was read from them before white space was collapsed."""
        return all(_told(box) == _told(self._name(box)) for box in self._named)


def _told(box: Box) -> dict[str, Any]:
    return {"bookmark": box.bookmark_label, "strings": dict(box.string_set or ())}


def _parsed(taken: TakenApart, fetcher: Any) -> tuple[Any, list[Place]]:
    """Return the document and where each of its pieces stands; no places where any piece is not in one of its own."""
    html = HTML(string=taken.numbered(), base_url="asset:", url_fetcher=fetcher)
    marked = list(_marked(html.etree_element))
    places = [place for _, place in sorted(marked, key=lambda each: each[0]) if place is not None]
    if sorted(number for number, _ in marked) != list(range(len(taken.pieces))) or len(places) != len(marked):
        return HTML(string=taken.whole(), base_url="asset:", url_fetcher=fetcher), []
    for place, text in zip(places, taken.texts(), strict=True):
        place.write(text)
    return html, places


def _marked(root: Any) -> Iterator[tuple[int, Place | None]]:
    """Yield the number of each mark and where it stands, None where it does not stand alone."""
    for owner in root.iter():
        said = [(owner, "text", owner.text), *((child, "tail", child.tail) for child in owner)]
        said += [(owner, name, value) for name, value in owner.attrib.items()]
        for element, where, text in said:
            for mark in MARKED.finditer(text or ""):
                before, after = text[: mark.start()], text[mark.end() :]
                is_alone = isinstance(owner.tag, str) and not (before + after).strip(BLANK)
                yield int(mark[1]), Place(owner, element, where, before, after) if is_alone else None


def _find_boxes(root: Box, places: Iterable[Place]) -> None:
    """Note the box of each piece: it stands among the boxes of its element where the piece stands among the element's texts."""
    shown: dict[Any, list[Box]] = defaultdict(list)
    for box in root.descendants():
        if isinstance(box, boxes.ReplacedBox) or (isinstance(box, boxes.TextBox) and "::" not in box.element_tag):
            shown[box.element].append(box)
    told: dict[Any, dict[tuple[Any, str], Box]] = {}
    for place in places:
        of_element = shown[place.owner]
        if place.where in TEXTS:
            place.is_unshown = not of_element
            if place.owner not in told:
                told[place.owner] = _boxes_of_texts(place.owner, of_element)
            place.box = told[place.owner].get((place.element, place.where))
        elif len(of_element) == 1 and isinstance(of_element[0], boxes.ReplacedBox) and place.owner.tag == "img":
            (place.box,) = of_element


def _boxes_of_texts(owner: Any, shown: Iterable[Box]) -> dict[tuple[Any, str], Box]:
    """Return the box of each text of an element; none where they are not one for one."""
    said = [each for each in _texts(owner) if each[2].strip(BLANK)]
    found = [box for box in shown if isinstance(box, boxes.TextBox) and box.text.strip(BLANK)]
    if [collapsed(box.text).strip() for box in found] != [collapsed(text).strip() for _, _, text in said]:
        return {}
    return {each[:2]: box for each, box in zip(said, found, strict=True)}


def _texts(owner: Any) -> Iterator[tuple[Any, str, str]]:
    yield owner, "text", owner.text or ""
    for child in owner:
        yield child, "tail", child.tail or ""


def _fill_box(place: Place, text: str) -> None:
    """Write a text into its box as it stands there, white space collapsed; raises Unsteady where white space is kept."""
    if place.box is None or place.where not in TEXTS:
        return
    old, new, style = collapsed(place.text), collapsed(text), place.box.style
    if style["white_space"] not in COLLAPSING and (old != place.text or new != text):
        raise Unsteady
    before, found, after = place.box.text.partition(old)
    if not found or (before + after).strip(BLANK):
        raise Unsteady
    place.box.text = before + new + after


def _size(box: Box, image: Any) -> tuple[Any, ...]:
    size: tuple[Any, ...] = image.get_intrinsic_size(box.style["image_resolution"], box.style["font_size"])
    return type(image), *size
