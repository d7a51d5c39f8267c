"""Pictures that people bring along (logo, seal, signature): checked, bounded and made anew before anything prints them."""

import base64
import binascii
import io

from plumb_platform.errors import InvalidInput

PREFIXES = ("data:image/png;base64,", "data:image/jpeg;base64,")
LARGEST_BYTES = 200 * 1024
MOST_PIXELS = 4_000_000
FORMATS = ("PNG", "JPEG")


class PictureInvalid(InvalidInput):
    """It is no picture that can be printed, or a larger one than a letter needs."""

    code = "PICTURE_INVALID"
    zh = "图片无效：{reason_zh}。请提供 PNG 或 JPEG，不超过 {kilobytes} KB、{megapixels} 百万像素。"
    en = "The picture is not valid: {reason_en}. Give a PNG or JPEG of at most {kilobytes} kB and {megapixels} megapixels."

    def __init__(self, *, field: str | None, reason_zh: str, reason_en: str) -> None:
        super().__init__(
            field=field,
            reason_zh=reason_zh,
            reason_en=reason_en,
            kilobytes=LARGEST_BYTES // 1024,
            megapixels=MOST_PIXELS // 1_000_000,
        )


def decoded_picture(url: str, *, field: str | None = None) -> bytes:
    """Return the bytes of a `data:` URL of a PNG or JPEG; raises PictureInvalid."""
    prefix = next((each for each in PREFIXES if url.startswith(each)), None)
    if prefix is None:
        raise PictureInvalid(field=field, reason_zh="不是 PNG 或 JPEG 的 data: 地址", reason_en="no data: URL of a PNG or JPEG")
    if len(url) > LARGEST_BYTES * 4 // 3 + 100:
        raise PictureInvalid(field=field, reason_zh="文件过大", reason_en="too many bytes")
    try:
        return base64.b64decode(url[len(prefix) :], validate=True)
    except (binascii.Error, ValueError):
        raise PictureInvalid(field=field, reason_zh="base64 编码有误", reason_en="broken base64") from None


def remade_picture(content: bytes, *, field: str | None = None, largest: tuple[int, int], inked: bool = False) -> bytes:
    """Return the picture as an upright PNG of ours in sRGB within `largest` pixels: nothing of the file that came is kept.

    One that must be `inked` shows more than one colour: an empty sheet is nobody's signature.

    Raises PictureInvalid. The header is judged before any pixel is unpacked, so that a bomb costs nothing.
    """
    from PIL import Image, ImageFile  # 10 MB that only pictures need

    from plumb_platform.documents.picture_colours import upright

    # WeasyPrint switches it on for a whole process when it is imported.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    if len(content) > LARGEST_BYTES:
        raise PictureInvalid(field=field, reason_zh="文件过大", reason_en="too many bytes")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            width, height = opened.size
            if not 0 < width * height <= MOST_PIXELS:
                raise PictureInvalid(field=field, reason_zh="像素过多", reason_en="too many pixels")
            picture = upright(opened)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise PictureInvalid(field=field, reason_zh="无法读取", reason_en="it cannot be read") from None
    if inked and len(picture.getcolors(1) or ()) == 1:
        raise PictureInvalid(field=field, reason_zh="空白", reason_en="it is empty")
    picture.thumbnail(largest)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
