"""One picture as people's programs save it: a red field beside a grey one, in every way in which colours are stored."""

import io
import struct
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


def noted(notes: bytes, *, mode: str = "RGB") -> bytes:
    """Lying as its camera held it, with notes as they are given, of whatever worth."""
    written = saved(plain().convert(mode).transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, subsampling=0)
    return written[:2] + b"\xff\xe1" + (len(notes) + 8).to_bytes(2) + b"Exif\0\0" + notes + written[2:]


def tags(*entries: tuple[int, int, int, bytes]) -> bytes:
    """Notes of a camera (TIFF 6.0, section 2): tag, type, count and four bytes of each; 26 bytes in, a fraction of 5 below 0."""
    written = b"".join(struct.pack("<HHL4s", *each) for each in entries)
    return b"II*\0" + struct.pack("<LH", 8, len(entries)) + written + bytes(4) + struct.pack("<ll", -5, 1)


UPRIGHT_BY_NOTE = (0x0112, 3, 1, b"\6\0\0\0")
NOTES: dict[str, tuple[bytes, bool]] = {
    "cut off": (b"II*\0", False),
    "no notes at all": (b"\xff" * 40, False),
    "held as a word": (tags((0x0112, 2, 4, b"six\0")), False),
    "held as less than nothing": (tags((0x0112, 8, 1, b"\xfa\xff\0\0")), False),
    "held as what no tag says": (tags((0x0112, 4, 1, b"\xff" * 4)), False),
    "held twice": (tags((0x0112, 3, 2, b"\6\0\6\0")), False),
    "held as a fraction": (tags((0x0112, 11, 1, struct.pack("<f", 6))), False),
    "a number of 64 bits with no place": (tags(UPRIGHT_BY_NOTE, (0x0100, 16, 1, bytes(4))), True),
    "dots of less than nothing": (tags(UPRIGHT_BY_NOTE, (0x011A, 10, 1, (38).to_bytes(4, "little"))), True),
    "a list that begins at itself": (tags(UPRIGHT_BY_NOTE, (0x8769, 4, 1, (8).to_bytes(4, "little"))), True),
}
"""Notes that are broken in one way each, and whether how the camera was held can be read from them all the same."""


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
