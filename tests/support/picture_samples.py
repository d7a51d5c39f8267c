"""One picture as people's programs save it: a red field beside a grey one, in every way in which colours are stored."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageCms

RED, GREY = (200, 40, 40), (128, 128, 128)
SIZE = (64, 32)


def plain() -> Image.Image:
    picture = Image.new("RGB", SIZE, RED)
    picture.paste(GREY, (32, 0, 64, 32))
    return picture


def saved(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    written = io.BytesIO()
    picture.save(written, form, **options)
    return written.getvalue()


def inks() -> Image.Image:
    """The picture in cyan, magenta, yellow and black; no ink is 0."""
    return plain().convert("CMYK")


def cmyk_of_adobe() -> bytes:
    """Pillow writes the marker of Adobe, and inks inverted."""
    written = saved(inks(), "JPEG", quality=95, subsampling=0)
    assert b"Adobe" in written[:64]
    return written


def cmyk_without_a_marker() -> bytes:
    """The same inks as they are, and the segment of Adobe taken out."""
    written = saved(ImageChops.invert(inks()), "JPEG", quality=95, subsampling=0)
    at = written.index(b"\xff\xee")
    return written[:at] + written[at + 2 + int.from_bytes(written[at + 2 : at + 4]) :]


def of_wide_colours() -> bytes:
    """Sent in a space whose red and green are exchanged: whoever overlooks the profile shows it green."""
    red, green, blue = plain().split()
    return saved(Image.merge("RGB", (green, red, blue)), "JPEG", quality=95, subsampling=0, icc_profile=exchanged())


def exchanged() -> bytes:
    """A profile of sRGB, whose red and green columns have changed places."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes().replace(b"s\0R\0G\0B", b"x\0x\0x\0x"))
    entries = {bytes(made[at : at + 4]): at for at in range(132, 132 + 12 * int.from_bytes(made[128:132]), 12)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    made[red + 4 : red + 12], made[green + 4 : green + 12] = made[green + 4 : green + 12], made[red + 4 : red + 12]
    return bytes(made)


def turned() -> bytes:
    """As a camera stores it that was held upright: lying, with a note to turn it by 90 degrees (Exif 6)."""
    note = Image.Exif()
    note[0x0112] = 6
    return saved(plain().transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, subsampling=0, exif=note)


def animated() -> bytes:
    return saved(plain(), save_all=True, append_images=[Image.new("RGB", SIZE, "blue")], duration=100)


def deep() -> bytes:
    """Grey in sixteen bits: 40 and 128 of 255."""
    values = np.full((32, 64), 40 * 257, dtype=np.uint16)
    values[:, 32:] = 128 * 257
    return saved(Image.fromarray(values))


COLOURED: dict[str, Callable[[], bytes]] = {
    "jpeg, CMYK with the marker of Adobe": cmyk_of_adobe,
    "jpeg, CMYK without a marker": cmyk_without_a_marker,
    "jpeg with a profile": of_wide_colours,
    "jpeg, CMYK with a profile that is not its own": lambda: saved(
        inks(), "JPEG", quality=95, subsampling=0, icc_profile=exchanged()
    ),
    "jpeg with a broken profile": lambda: saved(plain(), "JPEG", quality=95, subsampling=0, icc_profile=b"no profile"),
    "jpeg, progressive": lambda: saved(plain(), "JPEG", quality=95, subsampling=0, progressive=True),
    "jpeg, turned by its camera": turned,
    "png": lambda: saved(plain()),
    "png with transparency": lambda: saved(plain().convert("RGBA")),
    "png with transparency and a profile": lambda: saved(
        Image.merge("RGB", [plain().split()[n] for n in (1, 0, 2)]).convert("RGBA"), icc_profile=exchanged()
    ),
    "png, animated": animated,
    "png with a palette": lambda: saved(plain().convert("P", palette=Image.Palette.ADAPTIVE)),
}
"""Left red, right grey, 64 by 32 pixels as people see it."""
SHADES: dict[str, Callable[[], bytes]] = {
    "png, grey in sixteen bits": deep,
    "png, grey": lambda: saved(Image.open(io.BytesIO(deep())).convert("F").point(lambda grey: grey / 257).convert("L")),
}
"""Left 40 of 255, right 128."""
