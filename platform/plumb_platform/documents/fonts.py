"""Keeps the letters' font cut into small slices: the whole one is 25 MB a face, and WeasyPrint copies it for each letter."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from xml.sax.saxutils import escape

from plumb_platform.documents.fonts_cut import FontNotCut, cut_font, font_of
from plumb_platform.documents.fonts_slices import slices
from plumb_platform.documents.fonts_system import BOLD, FAMILIES, REGULAR, Face, Typeface, find_face, settings_in_use

SLICES_VERSION = 3
"""To be raised when the slices or the way of cutting change."""
SETTINGS = "fonts.conf"


def prepare_fonts(cache: Path) -> Path:
    """Return a fontconfig file by which `FAMILIES` are drawn from their slices first, cut into `cache` when not there.

    A character that no slice has still comes from the whole font. Several processes may ask at once. Raises FontNotCut,
    and OSError when a library is missing or `cache` cannot be written.
    """
    faces = [(typeface, _installed(family, weight)) for typeface, family in FAMILIES.items() for weight in (REGULAR, BOLD)]
    settings = settings_in_use()
    folder = cache.resolve() / _key(faces, cache.resolve(), settings)
    if not (folder / SETTINGS).exists():
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache):
            if not (folder / SETTINGS).exists():
                _fill(folder, faces, settings)
    return folder / SETTINGS


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Let one of all that ask at once cut, and the others wait for it; where a folder cannot be locked, all cut."""
    folder = os.open(cache, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _installed(family: str, weight: int) -> Face:
    face = find_face(family, weight)
    if face is None:
        raise FontNotCut(f"{family} is not installed")
    return face


def _key(faces: list[tuple[Typeface, Face]], cache: Path, settings: str) -> str:
    """Name all that the content of the folder depends on, so that a new font or version gets a folder of its own."""
    parts = [str(SLICES_VERSION), str(cache), settings]
    for _, face in faces:
        status = face.file.stat()
        parts += [str(face.file), str(face.index), str(status.st_size), str(status.st_mtime_ns)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _fill(folder: Path, faces: list[tuple[Typeface, Face]], settings: str) -> None:
    """Fill a folder of another name first: whoever sees `folder` sees it whole."""
    unfinished = Path(tempfile.mkdtemp(prefix="cutting-", dir=folder.parent))
    try:
        for typeface, face in faces:
            font = font_of(face)
            for family, points in slices(typeface).items():
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
    """Put the slices before each mention of a whole font, wherever a letter or a picture names it."""
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>\n'
        f"<include>{escape(included)}</include>\n"
        f"<dir>{escape(os.fspath(folder))}</dir><cachedir>{escape(os.fspath(folder / 'scan'))}</cachedir>\n"
        f"{''.join(map(_match, FAMILIES))}</fontconfig>\n"
    )


def _match(typeface: Typeface) -> str:
    first = "".join(f"<string>{family}</string>" for family in slices(typeface))
    return (
        f'<match target="pattern"><test qual="any" name="family"><string>{FAMILIES[typeface]}</string></test>'
        f'<edit name="family" mode="prepend" binding="strong">{first}</edit></match>\n'
    )
