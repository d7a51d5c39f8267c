"""Makes the HTML and style sheet of a printed snapshot from its data."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from plumb_platform.documents.letter_html import LetterPage

if TYPE_CHECKING:
    from plumb_platform.documents.sandbox import PlainSandbox

SNAPSHOTS = ("plumb_templates", "snapshots")


def snapshot_page(data: Mapping[str, Any]) -> LetterPage:
    """Return the page of a snapshot; the shape of `data` is that of `plumb_tenants.snapshots.reporting.page_data`."""
    return LetterPage(html=_sandbox().get_template("report.html").render(data=data), css=_css())


@lru_cache(maxsize=1)
def _sandbox() -> "PlainSandbox":
    from plumb_platform.documents.sandbox import PackageLoader, PlainSandbox  # Jinja, which the API needs here only

    return PlainSandbox(loader=PackageLoader(*SNAPSHOTS))


@lru_cache(maxsize=1)
def _css() -> str:
    return files(SNAPSHOTS[0]).joinpath(SNAPSHOTS[1], "report.css").read_text(encoding="utf-8")
