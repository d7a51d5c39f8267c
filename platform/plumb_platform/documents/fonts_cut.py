"""Cuts a font down to some characters with HarfBuzz, and numbers its glyphs anew."""

import ctypes
import io
from collections.abc import Iterable
from ctypes import c_void_p

from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]  # fontTools carries no types

from plumb_platform.documents.fonts_system import Face
from plumb_platform.documents.harfbuzz import (
    READ_ONLY,
    WITHOUT_HINTS,
    WITHOUT_SUBROUTINES,
    content_of,
    libraries,
    tag,
)

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
    harfbuzz, subset = libraries()
    blob = harfbuzz.hb_blob_create(font, len(font), READ_ONLY, None, None)
    whole = harfbuzz.hb_face_create(blob, 0)
    order = _order(harfbuzz, subset, characters)
    cut = subset.hb_subset_or_fail(whole, order)
    try:
        if not cut or not harfbuzz.hb_face_get_glyph_count(whole):
            raise FontNotCut("HarfBuzz cannot cut the font")
        return _finished(content_of(harfbuzz.hb_face_reference_blob(cut)), family)
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
        harfbuzz.hb_set_add(dropped, tag(table))
    features = subset.hb_subset_input_set(order, _LAYOUT_FEATURE_SET)
    harfbuzz.hb_set_clear(features)
    for feature in LAYOUT_FEATURES:
        harfbuzz.hb_set_add(features, tag(feature))
    subset.hb_subset_input_set_flags(order, WITHOUT_HINTS | WITHOUT_SUBROUTINES)
    return order


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
