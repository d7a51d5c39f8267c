"""Holds what our maker makes of documents, one after another, against WeasyPrint as it comes; a process of its own.

    python -m support.markup_beside_weasyprint FOLDER_OF_CUT_FONTS

Fontconfig reads its settings once a process, so no process that has read others may do this. Prints a line of JSON for each
template: whether each document was filled into a layout that was there, whether its bytes are those of a layout of its own, and
of the last one how our file stands beside the one that WeasyPrint writes.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from plumb_platform.documents.fonts_apart import prepare_apart
from plumb_platform.documents.letter_data import Design, LetterDocument, LetterSection
from plumb_platform.documents.letter_facts import sections_of
from plumb_platform.documents.letter_html import letter_page
from plumb_platform.documents.letter_styles import letter_css
from support.letter_samples import sample_letter
from support.markup_corpus import HOSTILE, MOVING, STEADY, documents
from support.markup_files import both_files

RUNS: tuple[tuple[Design, Literal["zh-CN", "en"]], ...] = (
    *(("formal", "zh-CN"), ("formal", "en"), ("commitment", "en"), ("addendum", "zh-CN"), ("battle_map", "zh-CN")),
)
CREATED = "2026-01-05T09:45:02+00:00"


@dataclass
class Told:
    """What became of the documents of one template, in their order; processor seconds of ours and of WeasyPrint."""

    name: str
    filled: list[bool] = field(default_factory=list)
    same: list[bool] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    file: dict[str, Any] = field(default_factory=dict)


class Beside:
    """Our maker and WeasyPrint in one process, with the same fonts."""

    def __init__(self) -> None:
        from plumb_platform.documents.render import PdfMaker

        self._maker: Any = PdfMaker()
        self._maker.probe()

    def tell(self, name: str, made: Sequence[tuple[str, str]]) -> None:
        """Make documents (markup and style sheet) in both ways and print what became of them."""
        told = Told(name)
        *_, last = [self._made(told, html, css) for html, css in made]
        told.file = both_files(last, self._own_file(*made[-1]))
        sys.stdout.write(json.dumps(vars(told)) + "\n")
        sys.stdout.flush()

    def _made(self, told: Told, html: str, css: str) -> bytes:
        layouts = dict(self._maker._layouts)
        start = time.process_time()
        ours: bytes = self._maker.make(html, css=css, assets={}, identifier=b"x", created=CREATED, attachments=[])
        middle = time.process_time()
        plain = self._plain(html, css)
        told.ours.append(middle - start)
        told.plain.append(time.process_time() - middle)
        key = next(reversed(self._maker._met))
        told.filled.append(key in layouts and layouts[key] is self._maker._layouts.get(key))
        told.same.append(ours == plain)
        return ours

    @cache  # noqa: B019  # both end together
    def _plain(self, html: str, css: str) -> bytes:
        from plumb_platform.documents.markup_file import markup_file

        return markup_file(self._document(html, css), identifier=b"x", attachments=[])

    def _own_file(self, html: str, css: str) -> bytes:
        pdf: bytes = self._document(html, css).write_pdf(pdf_variant="pdf/a-3a", pdf_identifier=b"x")
        return pdf

    def _document(self, html: str, css: str) -> Any:
        from weasyprint import HTML

        page = HTML(string=html, base_url="asset:", url_fetcher=self._maker._fetcher)
        document = page.render(font_config=self._maker._fonts, stylesheets=self._maker._parsed(css), pdf_variant="pdf/a-3a")
        document.metadata.created = document.metadata.modified = CREATED
        return document


def main() -> None:
    """Make all documents of the corpus, then letters of every design with markup of a company's own."""
    os.environ["FONTCONFIG_FILE"] = str(prepare_apart(Path(sys.argv[1])))
    beside = Beside()
    css = letter_css("formal")
    for templates, hostile in ((STEADY, len(HOSTILE)), (MOVING, 1)):
        for name, template in templates.items():
            beside.tell(name, [(html, css) for html in documents(template, hostile)])
    for design, locale in RUNS:
        pages = [letter_page(letter, filled=_filled(letter)) for letter in letters(design, locale)]
        beside.tell(f"{design} {locale}", [(page.html, page.css) for page in pages])


def letters(design: Design, locale: Literal["zh-CN", "en"]) -> list[LetterDocument]:
    """Return letters of a run, with a section of a company's own: people, figures, codes and times are each one's own."""
    template = sample_letter(locale, design=design)
    own = LetterSection(kind="custom", source="<p>…</p>")
    made = []
    for number in range(3):
        name = ("王小明", "欧阳靖宇", "Li Na")[number]
        goals = tuple(goal.model_copy(update={"target": f"{9 - number}{goal.target[1:]}"}) for goal in template.goals)
        made.append(
            template.model_copy(
                update={
                    "sections": (*sections_of(template)[:-1], own, sections_of(template)[-1]),
                    "party_b": template.party_b.model_copy(update={"name": name}),
                    "goals": goals,
                    "number": f"HK-{number:04}",
                    "verify_code": f"{number}" * 22,
                    "verify_url": f"https://plumb.example.com/verify?code={f'{number}' * 22}",
                    "goals_sha256": f"{number}" * 64,
                }
            )
        )
    return made


def _filled(letter: LetterDocument) -> dict[int, str]:
    place = next(place for place, section in enumerate(sections_of(letter)) if section.kind == "custom")
    said = f"<p>{letter.party_b.name}：以本责任书 <b>{letter.number}</b> 为准。</p>"
    return {place: said + "<table><tr><td>甲</td><td>乙</td></tr></table>"}


if __name__ == "__main__":
    main()
