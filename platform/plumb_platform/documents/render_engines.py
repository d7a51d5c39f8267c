"""What a rendering child can be: one that lays out HTML, or one that sets letters; each loads its own libraries only."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

Engine = Literal["html", "letters"]
Result = bytes | str | list[bytes]
Work = Callable[[dict[str, Any]], Result]
"""Answers a request by its `task`; raises `Refusal` for what the document itself is to blame for."""


class Refusal(Exception):
    """A document was refused for a reason that its author can mend; `error` names it for `Renderer`."""

    def __init__(self, error: str, reason: str) -> None:
        super().__init__(error, reason)
        self.error, self.reason = error, reason


def html_engine(_: Path | None) -> Work:
    """Return the work of WeasyPrint and of a company's own templates; raises OSError where a library or font is missing."""
    import mimetypes

    from plumb_platform.documents.render import OwnFont, PdfMaker, RefusedUrl
    from plumb_platform.documents.sandbox import SecurityError, TemplateError
    from plumb_platform.documents.templates import fill

    mimetypes.init()
    maker = PdfMaker()
    if missing := maker.probe():
        raise OSError(missing[0])

    def work(request: dict[str, Any]) -> Result:
        try:
            if request.pop("task") == "fill":
                return fill(request["source"], request["data"])
            return maker.make(**request)
        except RefusedUrl as refused:
            raise Refusal("refused_url", refused.url) from None
        except OwnFont:
            raise Refusal("own_font", "") from None
        except SecurityError as problem:
            raise Refusal("template_refused", str(problem)) from None
        except TemplateError as problem:
            raise Refusal("template_broken", str(problem)) from None

    return work


def letters_engine(cut_fonts: Path | None) -> Work:
    """Return the work of typst and of drawing pages; raises OSError where the font is missing."""
    from plumb_platform.documents.page_pictures import draw_pages
    from plumb_platform.documents.typeset import Typesetter, Undrawn

    typesetter = Typesetter(cut_fonts)

    def work(request: dict[str, Any]) -> Result:
        if request.pop("task") == "draw":
            return draw_pages(**request)
        try:
            return typesetter.make(**request)
        except Undrawn as undrawn:
            raise Refusal("missing_glyph", undrawn.character) from None

    return work


ENGINES: Mapping[Engine, Callable[[Path | None], Work]] = {"html": html_engine, "letters": letters_engine}
