"""Keeps the letters' font cut into small slices: the whole one is 25 MB a face, and WeasyPrint copies it for each letter."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from plumb_platform.documents.fonts_cut import FontNotCut, cut_font, font_of
from plumb_platform.documents.fonts_system import BOLD, FAMILY, REGULAR, Face, find_face, settings_in_use

SLICES_VERSION = 2
"""To be raised when the slices or the way of cutting change."""
SETTINGS = "fonts.conf"
# Latin with accents (combining ones too: a letter and its accent must share a font), punctuation, currencies, letterlike
# signs, numbers in circles, kana and CJK signs, full-width forms.
SIGNS = (
    *((0x20, 0x7F), (0xA0, 0x250), (0x2B0, 0x370), (0x1E00, 0x1F00), (0x2000, 0x2070), (0x20A0, 0x20D0), (0x2100, 0x2150)),
    *((0x2460, 0x2500), (0x3000, 0x3100), (0x3200, 0x3400), (0xFF00, 0xFFF0)),
)


def prepare_fonts(cache: Path) -> Path:
    """Return a fontconfig file by which `FAMILY` is drawn from its slices first, cut into `cache` when they are not there.

    A character that no slice has still comes from the whole font. Several processes may ask at once. Raises FontNotCut,
    and OSError when a library is missing or `cache` cannot be written.
    """
    faces = [_installed(weight) for weight in (REGULAR, BOLD)]
    settings = settings_in_use()
    folder = cache.resolve() / _key(faces, cache.resolve(), settings)
    if not (folder / SETTINGS).exists():
        cache.mkdir(parents=True, exist_ok=True)
        _fill(folder, faces, settings)
    return folder / SETTINGS


def slices() -> dict[str, list[int]]:
    """Return the code points of each slice by its family: everyday ones, the rest of GB 2312, the rest of GBK.

    The smaller the slice the cheaper a letter that needs it, and a letter pays for the slices that it uses only.
    """
    everyday = {point for first, end in SIGNS for point in range(first, end)}
    everyday |= set(_decoded("gb2312", range(0xA1, 0xD8)))
    second = set(_decoded("gb2312", range(0xD8, 0xF8)))
    rare = {point for point in _decoded("gbk", range(0x81, 0xFF)) if 0x4E00 <= point < 0xA000} - everyday - second
    names = ("Plumb Serif", "Plumb Serif Two", "Plumb Serif Three")
    return {name: sorted(points) for name, points in zip(names, (everyday, second, rare), strict=True)}


def _decoded(encoding: str, lead_bytes: range) -> Iterator[int]:
    for lead in lead_bytes:
        for trail in range(0x40, 0xFF):
            character = bytes((lead, trail)).decode(encoding, "ignore")
            if len(character) == 1 and ord(character) > 0x7F:
                yield ord(character)


def _installed(weight: int) -> Face:
    face = find_face(FAMILY, weight)
    if face is None:
        raise FontNotCut(f"{FAMILY} is not installed")
    return face


def _key(faces: list[Face], cache: Path, settings: str) -> str:
    """Name all that the content of the folder depends on, so that a new font or version gets a folder of its own."""
    parts = [str(SLICES_VERSION), str(cache), settings]
    for face in faces:
        status = face.file.stat()
        parts += [str(face.file), str(face.index), str(status.st_size), str(status.st_mtime_ns)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _fill(folder: Path, faces: list[Face], settings: str) -> None:
    """Fill a folder of another name first: whoever sees `folder` sees it whole."""
    unfinished = Path(tempfile.mkdtemp(prefix="cutting-", dir=folder.parent))
    try:
        for face in faces:
            font = font_of(face)
            for family, points in slices().items():
                name = f"{family.replace(' ', '-')}-{face.weight}.otf"
                (unfinished / name).write_bytes(cut_font(font, points, family))
        (unfinished / SETTINGS).write_text(_settings(folder, settings), encoding="utf-8")
        unfinished.rename(folder)
    except OSError:
        # Another process may have been quicker; a folder that is not empty is not replaced.
        if not (folder / SETTINGS).exists():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _settings(folder: Path, included: str) -> str:
    """Put the slices before each mention of the whole font, wherever a letter or a picture names it."""
    first = "".join(f"<string>{family}</string>" for family in slices())
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>\n'
        f"<include>{escape(included)}</include>\n"
        f"<dir>{escape(os.fspath(folder))}</dir><cachedir>{escape(os.fspath(folder / 'scan'))}</cachedir>\n"
        f'<match target="pattern"><test qual="any" name="family"><string>{FAMILY}</string></test>'
        f'<edit name="family" mode="prepend" binding="strong">{first}</edit></match>\n</fontconfig>\n'
    )
