"""HTML in, deterministic PDF/A bytes out, by WeasyPrint; imported in the child process only.

This, `kept_layout.py`, `relining.py` and `markup_file.py` are the modules that know WeasyPrint.
"""

import io
import logging
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from weasyprint import CSS, DEFAULT_OPTIONS, Attachment
from weasyprint.document import Document
from weasyprint.pdf import VARIANTS
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from plumb_platform.documents.html_pieces import TakenApart, taken_apart
from plumb_platform.documents.kept_layout import KeptLayout
from plumb_platform.documents.markup_file import VARIANT, markup_file
from plumb_platform.documents.picture_colours import drawable
from plumb_platform.documents.relining import Unsteady

log = logging.getLogger(__name__)
LINKED = frozenset({"http", "https", "mailto", "tel"})
"""Where the links of a letter may lead."""
SVG = "image/svg+xml"
STYLESHEETS_KEPT = 16
LAYOUTS_KEPT, KINDS_MET = 4, 256
"""A layout of two pages takes about 10 MB."""
PROBE = '<html lang="zh-CN"><body style="font-family: Noto Serif CJK SC, serif">准绳 <b>目标责任书</b></body></html>'


class RefusedUrl(FatalURLFetchingError):  # type: ignore[misc]  # WeasyPrint carries no types
    """A letter asked for something that it did not bring along; WeasyPrint would swallow an ordinary exception."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class ClosedFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint carries no types
    """Serves `asset:<name>` from the letter's own table and `data:`; everything else ends the letter."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("asset", "data"), allow_redirects=False)
        self.assets: Mapping[str, tuple[bytes, str]] = {}
        self.refused = ""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        """Return the asset, or raise `RefusedUrl`; never touches a file or a socket."""
        scheme, _, name = url.partition(":")
        if scheme == "data":
            return super().fetch(url, headers)
        if scheme != "asset" or name not in self.assets:
            # Inside an SVG, WeasyPrint swallows even a BaseException: `make` looks here as well.
            self.refused = url[:200]
            raise RefusedUrl(self.refused)
        content, media_type = self.assets[name]
        return URLFetcherResponse(url, content, {"Content-Type": media_type})


class PictureFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint carries no types
    """Serves what is drawn, in colours that a PDF/A may draw; what is attached comes by the other one, as it is."""

    def __init__(self, closed: ClosedFetcher) -> None:
        super().__init__()
        self._closed = closed

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        """Return the picture at an address; raises RefusedUrl."""
        found = self._closed.fetch(url, headers)
        if found.content_type == SVG:
            return found
        content = found.read()
        found.close()
        return URLFetcherResponse(url, drawable(content), {"Content-Type": found.content_type})


class OwnFont(Exception):
    """A document brings a font along; whatever is set in it could not be proven."""


class ShippedFonts(FontConfiguration):  # type: ignore[misc]  # WeasyPrint carries no types
    """The fonts of this machine and no others: a document's own would be written into a file for fontconfig."""

    def add_font_face(self, rule_descriptors: object, url_fetcher: object) -> None:  # noqa: ARG002 - the names that WeasyPrint wants
        """Raise OwnFont, wherever the rule stands and whatever its source is."""
        raise OwnFont


class BrokenPart(ValueError):
    """A picture or an attachment could not be used; WeasyPrint would leave it out and go on."""


class _Complaints(logging.Handler):
    """Keeps what WeasyPrint only logs: characters without a glyph, parts that it left out."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.missing: list[str] = []
        self.left_out: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith(".notdef"):
            self.missing.append(record.getMessage())
        elif str(record.msg).startswith("Failed to "):
            self.left_out.append(record.getMessage())

    def clear(self) -> None:
        self.missing.clear()
        self.left_out.clear()


class PdfMaker:
    """Keeps what costs time to make (fonts, parsed style sheets, fetcher) from letter to letter."""

    def __init__(self) -> None:
        self._fonts = ShippedFonts()
        self._fetcher = ClosedFetcher()
        self._pictures = PictureFetcher(self._fetcher)
        self._stylesheets: OrderedDict[str, CSS] = OrderedDict()
        self._layouts: OrderedDict[bytes, KeptLayout] = OrderedDict()
        self._met: OrderedDict[bytes, None] = OrderedDict()
        self._complaints = _Complaints()
        logger = logging.getLogger("weasyprint")
        logger.handlers[:] = [self._complaints]
        logger.propagate = False

    def probe(self) -> list[str]:
        """Return the complaints of a first tiny letter in Chinese; it also warms fonts and lazy imports."""
        self.make(PROBE, css="", assets={}, identifier=b"probe", created="2026-01-01T00:00:00Z", attachments=[])
        return self._complaints.missing

    def make(
        self,
        html: str,
        *,
        css: str,
        assets: Mapping[str, tuple[bytes, str]],
        identifier: bytes,
        created: str,
        attachments: list[dict[str, Any]],
    ) -> bytes:
        """Return a tagged PDF/A-3 whose bytes depend on the arguments only."""
        self._fetcher.assets, self._fetcher.refused = assets, ""
        self._complaints.clear()
        layout, key = self._laid_out(taken_apart(html, css), css)
        document = layout.document()
        _refuse_links(document)
        document.metadata.created = document.metadata.modified = created
        files = [_attachment(each, self._fetcher) for each in attachments]
        pdf = markup_file(document, identifier=identifier, attachments=files)
        if self._fetcher.refused:
            raise RefusedUrl(self._fetcher.refused)
        if self._complaints.left_out:
            raise BrokenPart(self._complaints.left_out[0])
        self._keep(layout, key)
        return pdf

    def _laid_out(self, taken: TakenApart, css: str) -> tuple[KeptLayout, bytes]:
        """Return a layout of these texts, and what others have to share with the document for it to serve them too.

        What it draws does not depend on whether it was made for this document or for another one.
        """
        pictures = sorted(
            (name, media_type, sha256(content).digest()) for name, (content, media_type) in self._fetcher.assets.items()
        )
        key = sha256(repr((taken.parts, css, pictures)).encode()).digest()
        kept = self._layouts.pop(key, None)
        if kept is not None:
            try:
                kept.fill(taken.texts())
            except Unsteady:
                self._complaints.clear()
            except Exception:
                # A letter is due whatever is wrong with a kept layout, and the log says why it took longer.
                log.exception("a layout could not be filled")
                self._complaints.clear()
            else:
                return kept, key
        options = DEFAULT_OPTIONS | VARIANTS[VARIANT][1] | {"stylesheets": self._parsed(css), "pdf_variant": VARIANT}
        return KeptLayout(taken, self._fonts, self._fetcher, self._pictures, options), key

    def _keep(self, layout: KeptLayout, key: bytes) -> None:
        """Keep a layout from the second document of its kind on: most of those that are alone need no memory."""
        if layout.is_kept and key in self._met:
            self._layouts[key] = layout
        self._met[key] = None
        self._met.move_to_end(key)
        for known, most in ((self._met, KINDS_MET), (self._layouts, LAYOUTS_KEPT)):
            while len(known) > most:
                known.popitem(last=False)

    def _parsed(self, css: str) -> list[CSS]:
        if not css:
            return []
        sheet = self._stylesheets.pop(css, None)
        if sheet is None:
            sheet = CSS(string=css, base_url="asset:", url_fetcher=self._fetcher, font_config=self._fonts)
        self._stylesheets[css] = sheet
        while len(self._stylesheets) > STYLESHEETS_KEPT:
            self._stylesheets.popitem(last=False)
        return [sheet]


def _refuse_links(document: Document) -> None:
    """Raise RefusedUrl for a link that a reader's program would run, or that leads to where the letter was made."""
    for page in document.pages:
        for kind, target, *_ in page.links:
            if kind == "external" and urlsplit(target).scheme.lower() not in LINKED:
                raise RefusedUrl(target[:200])


def _attachment(fields: dict[str, Any], fetcher: ClosedFetcher) -> Attachment:
    return Attachment(
        file_obj=io.BytesIO(fields["content"]),
        name=fields["name"],
        description=fields["description"],
        relationship=fields["relationship"],
        url_fetcher=fetcher,
    )
