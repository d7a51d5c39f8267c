"""What the typst template of a letter is given: its facts as plain data, its pictures as SVG."""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from plumb_platform.documents.attachments import Attachment
from plumb_platform.documents.letter_data import LetterDocument, PageSize
from plumb_platform.documents.letter_facts import letter_facts, sections_of
from plumb_platform.documents.letter_html import Assets
from plumb_platform.documents.letter_styles import letter_tones
from plumb_platform.documents.letter_words import WORDS
from plumb_platform.documents.qr import qr_svg
from plumb_platform.documents.renderer import RenderFailed
from plumb_platform.documents.seal_picture import seal_svg

PAPERS: dict[PageSize, str] = {"A4": "a4", "LETTER": "us-letter"}
SEAL_OPACITY = ".8"


def typst_facts(
    letter: LetterDocument, *, assets: Assets | None = None, attachments: Sequence[Attachment] = (), note: str = ""
) -> dict[str, Any]:
    """Return what the template of `letter` reads: plain data only, so that nothing a person wrote is ever markup.

    Raises RENDER_FAILED for a picture that is not there or none at all; one that is torn is refused when it is drawn.
    """
    assets = assets or {}
    is_signed = any(section.kind == "signatures" for section in sections_of(letter))
    return letter_facts(letter) | {
        "tones": letter_tones(letter.design, letter.accent),
        "paper": PAPERS[letter.page_size],
        "typeface": letter.typeface,
        # Both stand beside the signatures only: a battle map that is made of a letter has neither.
        "qr": qr_svg(letter.verify_url) if is_signed else "",
        "logo": letter.logo,
        "seal": _seal(letter, assets) if is_signed else "",
        "pictures": {name: _wrapped(name, assets) for name in assets},
        "attachments": [each.fields() | {"content": each.content.decode()} for each in attachments],
        "note": note,
    }


def _seal(letter: LetterDocument, assets: Assets) -> str:
    if letter.seal_image:
        return _wrapped(letter.seal_image, assets, opacity=SEAL_OPACITY)
    svg = seal_svg(
        letter.company, caption=str(WORDS[letter.locale]["seal_caption"]), code=letter.verify_code, typeface=letter.typeface
    )
    head, end, drawn = svg.partition(">")
    return f'{head}{end}<g opacity="{SEAL_OPACITY}">{drawn.removesuffix("</svg>")}</g></svg>'


def _wrapped(name: str, assets: Assets, opacity: str = "1") -> str:
    """Return a picture inside an SVG: the one form in which bytes can travel in JSON and be drawn as they are."""
    from PIL import Image  # only letters with pictures need it

    try:
        content, media_type = assets[name]
        with Image.open(BytesIO(content)) as opened:
            width, height = opened.size
    except (KeyError, OSError):
        raise RenderFailed(reason=f"the picture {name} is missing or cannot be read") from None
    address = f"data:{media_type};base64,{b64encode(content).decode()}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" opacity="{opacity}" href="{address}"/></svg>'
    )
