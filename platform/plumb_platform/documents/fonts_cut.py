"""Cuts a font down to some characters with HarfBuzz, through ctypes, and numbers its glyphs anew."""

import ctypes
import io
from collections.abc import Iterable
from ctypes import POINTER, byref, c_char_p, c_int, c_uint, c_void_p

from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]  # fontTools carries no types

from plumb_platform.documents.fonts_system import Face

# fmt: off
LAYOUT_FEATURES = (
    "calt", "ccmp", "chws", "clig", "halt", "kern", "liga", "lnum", "locl", "mark", "mkmk", "onum", "palt", "pnum", "rlig",
    "tnum",
)
# fmt: on
"""What horizontal text may ask for; upright forms and other widths would bring thousands of glyphs."""
LANGUAGES = frozenset({"ZHS "})
"""Beside each script's default: simplified Chinese sets its own quotation marks and dashes by `locl`, others 9,000 glyphs."""
DROPPED_TABLES = ("BASE", "DSIG", "VORG", "vhea", "vmtx")
_DROPPED_TABLE_SET, _LAYOUT_FEATURE_SET = 3, 6
_READ_ONLY = 1
_WITHOUT_HINTS, _WITHOUT_SUBROUTINES = 1, 4


class FontNotCut(OSError):
    """HarfBuzz could not read or cut a font."""


def font_of(face: Face) -> bytes:
    """Return `face` as a font of its own, with the forms of `LANGUAGES` only; raises FontNotCut."""
    try:
        opened = TTFont(face.file, fontNumber=face.index, recalcBBoxes=False, recalcTimestamp=False, lazy=True)
    except (OSError, TTLibError) as problem:
        raise FontNotCut(f"{face.file.name} cannot be read") from problem
    with opened:
        return _simplified(opened)


def _simplified(opened: TTFont) -> bytes:
    if "GSUB" in opened:
        for record in opened["GSUB"].table.ScriptList.ScriptRecord:
            script = record.Script
            script.LangSysRecord = [each for each in script.LangSysRecord if each.LangSysTag in LANGUAGES]
            script.LangSysCount = len(script.LangSysRecord)
    return _saved(opened)


def cut_font(font: bytes, characters: Iterable[int], family: str) -> bytes:
    """Return `font` with `characters` (code points) only, named `family`, as OpenType; equal arguments give equal bytes.

    Hints and subroutines are left out: WeasyPrint takes them out again for every letter. Raises FontNotCut, and OSError
    on a machine without libharfbuzz-subset.
    """
    harfbuzz, subset = _libraries()
    blob = harfbuzz.hb_blob_create(font, len(font), _READ_ONLY, None, None)
    whole = harfbuzz.hb_face_create(blob, 0)
    order = _order(harfbuzz, subset, characters)
    cut = subset.hb_subset_or_fail(whole, order)
    try:
        if not cut or not harfbuzz.hb_face_get_glyph_count(whole):
            raise FontNotCut("HarfBuzz cannot cut the font")
        return _finished(_content(harfbuzz, cut), family)
    finally:
        harfbuzz.hb_face_destroy(cut)
        subset.hb_subset_input_destroy(order)
        harfbuzz.hb_face_destroy(whole)
        harfbuzz.hb_blob_destroy(blob)


def _order(harfbuzz: ctypes.CDLL, subset: ctypes.CDLL, characters: Iterable[int]) -> c_void_p:
    order: c_void_p = subset.hb_subset_input_create_or_fail()
    wanted = subset.hb_subset_input_unicode_set(order)
    for character in characters:
        harfbuzz.hb_set_add(wanted, character)
    dropped = subset.hb_subset_input_set(order, _DROPPED_TABLE_SET)
    for table in DROPPED_TABLES:
        harfbuzz.hb_set_add(dropped, _tag(table))
    features = subset.hb_subset_input_set(order, _LAYOUT_FEATURE_SET)
    harfbuzz.hb_set_clear(features)
    for feature in LAYOUT_FEATURES:
        harfbuzz.hb_set_add(features, _tag(feature))
    subset.hb_subset_input_set_flags(order, _WITHOUT_HINTS | _WITHOUT_SUBROUTINES)
    return order


def _content(harfbuzz: ctypes.CDLL, face: c_void_p) -> bytes:
    blob, length = harfbuzz.hb_face_reference_blob(face), c_uint()
    try:
        return ctypes.string_at(harfbuzz.hb_blob_get_data(blob, byref(length)), length.value)
    finally:
        harfbuzz.hb_blob_destroy(blob)


def _finished(font: bytes, family: str) -> bytes:
    opened = TTFont(io.BytesIO(font), recalcBBoxes=False, recalcTimestamp=False, lazy=True)
    _name(opened, family)
    _number_anew(opened)
    return _saved(opened)


def _name(opened: TTFont, family: str) -> None:
    """Give the cut a family of its own, by which typst and fontconfig tell it from the whole font."""
    for record in opened["name"].names:
        match record.nameID:
            case 1 | 16:
                record.string = family
            case 4:
                record.string = f"{family} {opened['name'].getDebugName(17) or opened['name'].getDebugName(2)}"
            case 6:
                record.string = f"{family.replace(' ', '')}-{opened['OS/2'].usWeightClass}"


def _number_anew(opened: TTFont) -> None:
    """Make each glyph's CID its glyph number: a cut font keeps the old CIDs, and readers go by them (ISO 32000-1, 9.7.4.2).

    WeasyPrint writes glyph numbers for CIDs: without this, readers other than poppler would draw other characters.
    """
    if "CFF " in opened:
        top = opened["CFF "].cff[0]
        strings = top.CharStrings
        names = [".notdef", *(f"cid{number:05}" for number in range(1, len(top.charset)))]
        strings.charStrings = {new: strings.charStrings[old] for old, new in zip(top.charset, names, strict=True)}
        top.charset = strings.charset = names


def _saved(font: TTFont) -> bytes:
    saved = io.BytesIO()
    font.save(saved, reorderTables=False)
    return saved.getvalue()


def _tag(name: str) -> int:
    return int.from_bytes(name.encode())


def _libraries() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    harfbuzz, subset = ctypes.CDLL("libharfbuzz.so.0"), ctypes.CDLL("libharfbuzz-subset.so.0")
    for library, name, result, arguments in (
        (harfbuzz, "hb_blob_create", c_void_p, [c_char_p, c_uint, c_int, c_void_p, c_void_p]),
        (harfbuzz, "hb_blob_get_data", c_void_p, [c_void_p, POINTER(c_uint)]),
        (harfbuzz, "hb_blob_destroy", None, [c_void_p]),
        (harfbuzz, "hb_face_create", c_void_p, [c_void_p, c_uint]),
        (harfbuzz, "hb_face_destroy", None, [c_void_p]),
        (harfbuzz, "hb_face_get_glyph_count", c_uint, [c_void_p]),
        (harfbuzz, "hb_face_reference_blob", c_void_p, [c_void_p]),
        (harfbuzz, "hb_set_add", None, [c_void_p, c_uint]),
        (harfbuzz, "hb_set_clear", None, [c_void_p]),
        (subset, "hb_subset_input_create_or_fail", c_void_p, []),
        (subset, "hb_subset_input_destroy", None, [c_void_p]),
        (subset, "hb_subset_input_unicode_set", c_void_p, [c_void_p]),
        (subset, "hb_subset_input_set", c_void_p, [c_void_p, c_uint]),
        (subset, "hb_subset_input_set_flags", None, [c_void_p, c_uint]),
        (subset, "hb_subset_or_fail", c_void_p, [c_void_p, c_void_p]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return harfbuzz, subset
