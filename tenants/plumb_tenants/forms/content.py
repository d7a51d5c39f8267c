"""What a file is, told by its content alone: names and declared types are a sender's word; pure (C92)."""

from io import BytesIO
from zipfile import BadZipFile, ZipFile

from plumb_tenants.forms.body import MediaType

_SIGNATURES = (
    (b"%PDF-", MediaType.PDF),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"\xff\xd8\xff", MediaType.JPEG),
)
_OFFICE = {"xl/workbook.xml": MediaType.XLSX, "word/document.xml": MediaType.DOCX}
_MOST_MEMBERS = 10_000


def media_type_of(content: bytes) -> MediaType | None:
    """Return what a file is, or None when it is nothing that forms take; a macro makes an office file none."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    return MediaType.CSV if _is_plain_text(content) else None


def _office_type(content: bytes) -> MediaType | None:
    """Read the archive's directory only; nothing is unpacked."""
    try:
        names = set(ZipFile(BytesIO(content)).namelist()[:_MOST_MEMBERS])
    except (BadZipFile, ValueError, OSError):
        return None
    if "[Content_Types].xml" not in names or any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    return next((media_type for name, media_type in _OFFICE.items() if name in names), None)


def _is_plain_text(content: bytes) -> bool:
    """Tell whether the bytes are text with separators: UTF-8 or GB18030, without control characters."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        is_clean = not any(ord(character) < 32 and character not in "\t\r\n" for character in text)
        return is_clean and any(mark in text for mark in ",;\t") and not text.lstrip().startswith("<")
    return False
