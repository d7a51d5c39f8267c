"""Asks fontconfig, through ctypes, which installed file holds a face; nothing here knows WeasyPrint."""

import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_int, c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Typeface = Literal["SONG", "HEI"]
"""宋体 or 黑体."""
FAMILIES: dict[Typeface, str] = {"SONG": "Noto Serif CJK SC", "HEI": "Noto Sans CJK SC"}
"""The letters' fonts."""
FAMILY = FAMILIES["SONG"]
"""The font of all that a company does not choose one for."""
REGULAR, BOLD = 80, 200
"""Weights as fontconfig counts them."""
WEIGHTS = (("Regular", REGULAR), ("Bold", BOLD))
_MATCH_PATTERN = 0


@dataclass(frozen=True, slots=True)
class Face:
    """One face in a font file: `index` counts the faces of a collection (.ttc), `weight` is fontconfig's."""

    file: Path
    index: int
    weight: int


def find_face(family: str, weight: int) -> Face | None:
    """Return the installed face of exactly this family and weight, or None; raises OSError without fontconfig."""
    library = _library()
    config = library.FcInitLoadConfigAndFonts()
    wanted = library.FcPatternCreate()
    library.FcPatternAddString(wanted, b"family", family.encode())
    library.FcPatternAddInteger(wanted, b"weight", weight)
    library.FcConfigSubstitute(config, wanted, _MATCH_PATTERN)
    library.FcDefaultSubstitute(wanted)
    found = library.FcFontMatch(config, wanted, byref(c_int()))
    try:
        return _face(library, found, family, weight) if found else None
    finally:
        if found:
            library.FcPatternDestroy(found)
        library.FcPatternDestroy(wanted)
        library.FcConfigDestroy(config)


def missing_fonts() -> list[str]:
    """Return the faces that letters need and this machine lacks; without fontconfig that is all of them."""
    needed = [(family, name, weight) for family in FAMILIES.values() for name, weight in WEIGHTS]
    try:
        return [f"{family} {name}" for family, name, weight in needed if find_face(family, weight) is None]
    except OSError:
        return [f"{family} {name}" for family, name, _ in needed]


def settings_in_use() -> str:
    """Return the fontconfig file that holds now, as fontconfig itself would find it."""
    named = os.environ.get("FONTCONFIG_FILE")
    return named or str(Path(os.environ.get("FONTCONFIG_PATH") or "/etc/fonts") / "fonts.conf")


def _face(library: ctypes.CDLL, found: c_void_p, family: str, weight: int) -> Face | None:
    """A match is only the nearest: without the family fontconfig offers any other."""
    index, given_weight = _integer(library, found, b"index"), _integer(library, found, b"weight")
    name, file = _string(library, found, b"family"), _string(library, found, b"file")
    if name != family or given_weight != weight or index is None or file is None:
        return None
    return Face(Path(file), index, weight)


def _string(library: ctypes.CDLL, pattern: c_void_p, field: bytes) -> str | None:
    value = c_char_p()
    missing = library.FcPatternGetString(pattern, field, 0, byref(value))
    return None if missing or value.value is None else os.fsdecode(value.value)


def _integer(library: ctypes.CDLL, pattern: c_void_p, field: bytes) -> int | None:
    value = c_int()
    return None if library.FcPatternGetInteger(pattern, field, 0, byref(value)) else value.value


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libfontconfig.so.1")
    for name, result, arguments in (
        ("FcInitLoadConfigAndFonts", c_void_p, []),
        ("FcConfigDestroy", None, [c_void_p]),
        ("FcPatternCreate", c_void_p, []),
        ("FcPatternDestroy", None, [c_void_p]),
        ("FcPatternAddString", c_int, [c_void_p, c_char_p, c_char_p]),
        ("FcPatternAddInteger", c_int, [c_void_p, c_char_p, c_int]),
        ("FcConfigSubstitute", c_int, [c_void_p, c_void_p, c_int]),
        ("FcDefaultSubstitute", None, [c_void_p]),
        ("FcFontMatch", c_void_p, [c_void_p, c_void_p, POINTER(c_int)]),
        ("FcPatternGetString", c_int, [c_void_p, c_char_p, c_int, POINTER(c_char_p)]),
        ("FcPatternGetInteger", c_int, [c_void_p, c_char_p, c_int, POINTER(c_int)]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
