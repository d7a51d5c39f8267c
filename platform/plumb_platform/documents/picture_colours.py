"""The colours of pictures that people bring, as sRGB in eight bits: what a PDF/A with that output intent may draw as it is.

Loaded where pictures are made anew or drawn; Pillow takes 10 MB.
"""

import io
from functools import cache

from PIL import Image, ImageChops, ImageCms

PLAIN = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
"""Modes of eight bits or fewer in grey or in red, green and blue."""
DEEP = ("I", "F")
"""Beginnings of the names of modes with more than eight bits to a pixel's grey: those of files have sixteen."""
ORIENTATION = 0x0112
"""Tag of how a camera was held (Exif 3.0, 4.6.5.1)."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by what its tag says; 1 is upright already."""
QUALITY = 92


def in_srgb(picture: Image.Image) -> Image.Image:
    """Return a picture as RGBA in sRGB: by the profile that it carries, if it fits, else by its mode alone."""
    seen, profile = _seen(picture), picture.info.get("icc_profile")
    if profile:
        alpha = seen.getchannel("A") if seen.mode == "RGBA" else None
        seen = _by_profile(seen.convert("RGB") if alpha else seen, profile).convert("RGBA")
        if alpha:
            seen.putalpha(alpha)
    shown = seen.convert("RGBA")
    # Else a profile would be written beside colours that it no longer means, and notes that nobody has read.
    shown.info.clear()
    return shown


def upright(picture: Image.Image) -> Image.Image:
    """Return a picture as `in_srgb` does, turned as its camera was held."""
    shown, turn = in_srgb(picture), TURNS.get(_held(picture))
    return shown if turn is None else shown.transpose(turn)


def drawable(content: bytes) -> bytes:
    """Return a picture's file so that it may be drawn in a PDF/A; one that may be already, or is no picture, as it is.

    How a camera was held stays said for whoever draws it.
    """
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.mode in PLAIN and _is_srgb(opened.info.get("icc_profile")):
                return content
            is_photograph, turned = opened.format in ("JPEG", "MPO"), Image.Exif()
            turned[ORIENTATION] = _held(opened)
            shown, written = in_srgb(opened), io.BytesIO()
    except (OSError, ValueError, SyntaxError):
        return content
    if is_photograph:
        shown.convert("RGB").save(written, "JPEG", quality=QUALITY, subsampling=0, exif=turned)
    else:
        shown.save(written, "PNG", exif=turned)
    return written.getvalue()


@cache
def srgb_profile() -> bytes:
    """Return the profile of sRGB (IEC 61966-2-1, ICC.1:2010) that Little CMS makes, without the date on which it did."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[24:36] = bytes(12)
    return bytes(made)


def _seen(picture: Image.Image) -> Image.Image:
    """Return a picture in eight bits, of the colours that its file means, with its transparency as a channel."""
    if picture.mode.startswith(DEEP):
        # Pillow cuts off what is above 255 (python-pillow/Pillow, Image.convert).
        return picture.convert("F").point(lambda grey: grey * (255 / 65535) + 0.5).convert("L")
    if picture.mode == "CMYK" and picture.format == "JPEG" and "adobe" not in picture.info:
        # Pillow takes any such file as inverted, as those of Adobe are (ISO/IEC 10918-6, APP14); this one is not.
        return ImageChops.invert(picture)
    if picture.mode == "P" or picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture


def _held(picture: Image.Image) -> int:
    """Return how its camera was held; a picture whose notes do not say it as they should is taken as upright."""
    try:
        held = picture.getexif().get(ORIENTATION)
    except Exception:  # noqa: BLE001  # broken notes end Pillow's reading in many ways, and are no fault of the pixels
        return 1
    return held if isinstance(held, int) and held in TURNS else 1


def _by_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in sRGB as its profile says; one whose profile is broken or of other colours, as it is."""
    try:
        source, ours = (ImageCms.ImageCmsProfile(io.BytesIO(each)) for each in (profile, srgb_profile()))
        shown = ImageCms.profileToProfile(picture, source, ours, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return picture if shown is None else shown


def _is_srgb(profile: bytes | None) -> bool:
    """Return whether there is no profile to follow, or one that is of sRGB by its own description."""
    if not profile:
        return True
    try:
        said: str = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return True
    return "srgb" in said.lower()
