"""Pictures as people bring them: whatever colours a file has, a letter shows them, and only colours that PDF/A-3 allows there.

A letter names sRGB as what its colours mean; inks (DeviceCMYK) would have no meaning beside it (ISO 19005-3, 6.2.4.3).
"""

import io
from base64 import b64encode
from typing import Any

import pikepdf
import pytest
from PIL import Image

from plumb_platform.documents.letter_data import LetterSection
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.page_pictures import draw_pages
from plumb_platform.documents.picture_colours import drawable
from plumb_platform.documents.pictures import remade_picture
from plumb_platform.documents.renderer import Renderer
from support.letter_samples import SEALED_AT, sample_letter
from support.picture_samples import COLOURED, GREY, NOTES, RED, SHADES, SIZE, noted

FIXED: dict[str, Any] = {"identifier": b"letter", "created": SEALED_AT}
ALL = [(name, RED, GREY) for name in COLOURED] + [(name, (40,) * 3, (128,) * 3) for name in SHADES]
BROUGHT = COLOURED | SHADES
PAGE = (
    '<html lang="zh-CN"><title>图</title><style>@page { size: 64px 32px; margin: 0 } '
    "body { margin: 0 } img { display: block }</style>"
)
FAR = 12
"""Of 255: what JPEG and the way through inks may cost."""


def near(seen: tuple[int, ...], meant: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= FAR for one, other in zip(seen[:3], meant, strict=True))


@pytest.mark.parametrize(("name", "left", "right"), ALL)
def test_what_is_brought_as_logo_or_signature_shows_its_colours(name: str, left: tuple[int, ...], right: tuple[int, ...]) -> None:
    with Image.open(io.BytesIO(remade_picture(BROUGHT[name](), largest=(400, 400)))) as made:
        assert (made.format, made.mode, made.size, getattr(made, "n_frames", 1)) == ("PNG", "RGBA", SIZE, 1)
        assert {"icc_profile", "exif"} & set(made.info) == set()
        colours: list[Any] = [made.getpixel(place) for place in ((8, 16), (56, 16))]
    assert near(colours[0], left), colours
    assert near(colours[1], right), colours


@pytest.mark.parametrize("name", list(NOTES))
@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_notes_of_a_camera_that_are_broken_cost_no_picture(name: str, mode: str) -> None:
    notes, readable = NOTES[name]
    brought = noted(notes, mode=mode)
    size = SIZE if readable else (SIZE[1], SIZE[0])
    with Image.open(io.BytesIO(remade_picture(brought, largest=(400, 400)))) as made:
        assert (made.size, "exif" in made.info) == (size, False)
        corners: list[Any] = [made.getpixel((8, 8)), made.getpixel((size[0] - 8, size[1] - 8))]
    assert sorted(near(corners[0], each) + 2 * near(corners[1], each) for each in (RED, GREY)) == [1, 2]
    with Image.open(io.BytesIO(drawable(brought))) as drawn:
        assert drawn.mode == "RGB"
        if mode == "CMYK":
            assert drawn.getexif().get(0x0112) == (6 if readable else 1)


@pytest.mark.parametrize(("name", "left", "right"), ALL)
async def test_own_markup_draws_it_in_colours_that_the_file_names(
    renderer: Renderer, name: str, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    url = f"data:image/{name[:4].strip(', ')};base64,{b64encode(BROUGHT[name]()).decode()}"
    pdf = await renderer.render_pdf(f'{PAGE}<body><img src="{url}" alt="图">', **FIXED)
    assert spaces_of(pdf) <= {"/DeviceRGB", "/DeviceGray"}
    with Image.open(io.BytesIO(draw_pages(pdf, dots_per_inch=96, most=1)[0])) as drawn:
        colours: list[Any] = [drawn.convert("RGB").getpixel(place) for place in ((8, 16), (56, 16))]
        assert drawn.size == SIZE
    assert near(colours[0], left), colours
    assert near(colours[1], right), colours


async def test_a_letter_with_inked_logo_seal_and_signature_names_all_its_colours(renderer: Renderer) -> None:
    picture = remade_picture(COLOURED["jpeg, CMYK with the marker of Adobe"](), largest=(400, 400))
    sample = sample_letter(logo="logo", seal_image="seal_image")
    signatures = tuple(each.model_copy(update={"image": "signature_x"}) for each in sample.signatures)
    letter = sample.model_copy(update={"signatures": signatures})
    assets = dict.fromkeys(("logo", "seal_image", "signature_x"), (picture, "image/png"))
    own = (LetterSection(kind="custom", source="<p>公司约定</p>"), LetterSection(kind="signatures"))
    for each in (letter, letter.model_copy(update={"sections": own})):
        pdf = await print_letter(renderer, each, assets=assets, **FIXED)
        spaces = spaces_of(pdf)
        assert spaces, "no picture in it"
        assert "/DeviceCMYK" not in spaces


async def test_colours_of_ink_in_own_markup_are_drawn_in_the_colours_that_the_file_names(renderer: Renderer) -> None:
    style = (
        "margin: 0; background: device-cmyk(0 1 1 0.2); border-right: 32px solid device-cmyk(1 0 0 0); width: 32px; height: 32px"
    )
    shape = '<svg width="8" height="8"><rect width="8" height="8" fill="device-cmyk(0 1 1 0)" stroke="device-cmyk(1 0 0 0)"/>'
    pdf = await renderer.render_pdf(f'{PAGE}<body><div style="{style}">{shape}', **FIXED)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        streams = [each for each in opened.objects if isinstance(each, pikepdf.Stream)]
        assert not [each for each in streams if b"DeviceCMYK" in each.read_bytes()]
        assert not [each for each in opened.objects if b"DeviceCMYK" in repr(each).encode()]
    with Image.open(io.BytesIO(draw_pages(pdf, dots_per_inch=96, most=1)[0])) as drawn:
        colours: list[Any] = [drawn.convert("RGB").getpixel(place) for place in ((20, 24), (56, 16))]
    assert near(colours[0], (204, 0, 0)), colours
    assert near(colours[1], (0, 255, 255)), colours


async def test_what_is_attached_stays_as_it_is(renderer: Renderer) -> None:
    inked = COLOURED["jpeg, CMYK with the marker of Adobe"]()
    url = f"data:image/jpeg;base64,{b64encode(inked).decode()}"
    pdf = await renderer.render_pdf(f'<html lang="zh-CN"><title>附</title><a rel="attachment" href="{url}">附件</a>', **FIXED)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        files = [each for each in opened.objects if isinstance(each, pikepdf.Stream) and each.get("/Type") == "/EmbeddedFile"]
        assert [each.read_bytes() for each in files] == [inked]


def spaces_of(pdf: bytes) -> set[str]:
    """Return the colour spaces of all pictures in a file."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        streams = [each for each in opened.objects if isinstance(each, pikepdf.Stream)]
        spaces = [each.ColorSpace for each in streams if each.get("/Subtype") == "/Image"]
        return {str(each if isinstance(each, pikepdf.Name) else each[0]) for each in spaces}
