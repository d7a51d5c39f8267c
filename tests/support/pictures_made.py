"""Pictures for tests: small ones, and one whose pixels would fill the memory."""

import base64
import io
import struct
import zlib

from PIL import Image


def png(size: tuple[int, int] = (120, 40), colour: str = "#14304f") -> bytes:
    """Return a plain PNG."""
    written = io.BytesIO()
    Image.new("RGBA", size, colour).save(written, "PNG")
    return written.getvalue()


def striped(size: tuple[int, int]) -> bytes:
    """Return a PNG with a stroke on it."""
    written = io.BytesIO()
    picture = Image.new("RGBA", size, "#00000000")
    picture.paste("#101020ff", (0, size[1] // 2, size[0], size[1] // 2 + 4))
    picture.save(written, "PNG")
    return written.getvalue()


def bomb() -> bytes:
    """Return a PNG of a few bytes that says it is 50,000 by 50,000 pixels."""
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def data_url(content: bytes, media_type: str = "image/png") -> str:
    """Return the content as a `data:` URL."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
