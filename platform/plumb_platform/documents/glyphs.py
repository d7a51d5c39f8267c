"""Glyphs of one face of the cut fonts, by HarfBuzz through ctypes: how far they advance beside each other, and a font of some."""

import ctypes
from collections.abc import Iterable
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_uint, c_uint32, c_void_p
from functools import cache
from pathlib import Path

UNITS = 1000
"""Units to an em in the letters' fonts, as in the widths of a PDF."""
LEFT_TO_RIGHT = 4
OUTLINES = ("CFF ", "head", "hhea", "hmtx", "maxp")
_NO_HINTS, _NO_SUBROUTINES = 1, 4
_READ_ONLY = 1


class _Info(ctypes.Structure):
    _fields_ = (("glyph", c_uint32), ("mask", c_uint32), ("cluster", c_uint32), ("one", c_uint32), ("two", c_uint32))


class _Position(ctypes.Structure):
    _fields_ = (("advance", c_int32), ("rise", c_int32), ("right", c_int32), ("up", c_int32), ("one", c_uint32))


class Face:
    """One font file, opened once; all lengths are in thousandths of an em."""

    def __init__(self, file: Path) -> None:
        """Raises OSError without HarfBuzz, or where the file is no font of `UNITS` to an em."""
        self._harfbuzz, self._subset = _libraries()
        blob = self._harfbuzz.hb_blob_create_from_file(str(file).encode())
        self._face = self._harfbuzz.hb_face_create(blob, 0)
        self._harfbuzz.hb_blob_destroy(blob)
        if self._harfbuzz.hb_face_get_upem(self._face) != UNITS or not self._harfbuzz.hb_face_get_glyph_count(self._face):
            raise OSError(f"{file.name} is no font of {UNITS} units")
        self._outlines = self._with_outlines_only()
        self._font = self._harfbuzz.hb_font_create(self._face)
        self._buffer = self._harfbuzz.hb_buffer_create()

    def _with_outlines_only(self) -> int:
        """Return the face without characters and features, which HarfBuzz would go through at each cutting: 0.2 ms for 0.8."""
        harfbuzz, builder = self._harfbuzz, self._harfbuzz.hb_face_builder_create()
        for name in OUTLINES:
            table = harfbuzz.hb_face_reference_table(self._face, _tag(name))
            harfbuzz.hb_face_builder_add_table(builder, _tag(name), table)
            harfbuzz.hb_blob_destroy(table)
        blob = harfbuzz.hb_face_reference_blob(builder)
        face: int = harfbuzz.hb_face_create(blob, 0)
        harfbuzz.hb_blob_destroy(blob)
        harfbuzz.hb_face_destroy(builder)
        return face

    def shaped(self, text: str, script: str, language: str) -> list[tuple[int, int]] | None:
        """Return glyph and advance for each character, or None where a glyph is missing, joined with another or moved."""
        harfbuzz, buffer, written = self._harfbuzz, self._buffer, text.encode()
        harfbuzz.hb_buffer_clear_contents(buffer)
        harfbuzz.hb_buffer_add_utf8(buffer, written, len(written), 0, len(written))
        harfbuzz.hb_buffer_set_direction(buffer, LEFT_TO_RIGHT)
        harfbuzz.hb_buffer_set_script(buffer, _tag(script))
        if language:
            harfbuzz.hb_buffer_set_language(buffer, harfbuzz.hb_language_from_string(language.encode(), -1))
        harfbuzz.hb_shape(self._font, buffer, None, 0)
        count = c_uint()
        infos = harfbuzz.hb_buffer_get_glyph_infos(buffer, byref(count))
        positions = harfbuzz.hb_buffer_get_glyph_positions(buffer, byref(count))
        glyphs = [(infos[at].glyph, positions[at].advance) for at in range(count.value)]
        moved = any(positions[at].right or positions[at].up for at in range(count.value))
        return None if moved or len(glyphs) != len(text) or not all(glyph for glyph, _ in glyphs) else glyphs

    def cut(self, glyphs: Iterable[int]) -> bytes:
        """Return a CFF font program of `glyphs`, whose CIDs are their numbers in this face; equal glyphs give equal bytes."""
        harfbuzz, subset = self._harfbuzz, self._subset
        order = subset.hb_subset_input_create_or_fail()
        wanted = subset.hb_subset_input_glyph_set(order)
        for glyph in glyphs:
            harfbuzz.hb_set_add(wanted, glyph)
        subset.hb_subset_input_set_flags(order, _NO_HINTS | _NO_SUBROUTINES)
        made = subset.hb_subset_or_fail(self._outlines, order)
        subset.hb_subset_input_destroy(order)
        if not made:
            raise OSError("HarfBuzz cannot cut the font")
        blob, length = harfbuzz.hb_face_reference_table(made, _tag("CFF ")), c_uint()
        try:
            return ctypes.string_at(harfbuzz.hb_blob_get_data(blob, byref(length)), length.value)
        finally:
            harfbuzz.hb_blob_destroy(blob)
            harfbuzz.hb_face_destroy(made)


@cache
def face_of(file: Path) -> Face:
    """Return the face in a file, opened once; raises OSError."""
    return Face(file)


def _tag(name: str) -> int:
    return int.from_bytes(name.encode())


@cache
def _libraries() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    harfbuzz, subset = ctypes.CDLL("libharfbuzz.so.0"), ctypes.CDLL("libharfbuzz-subset.so.0")
    for library, name, result, arguments in (
        (harfbuzz, "hb_blob_create_from_file", c_void_p, [c_char_p]),
        (harfbuzz, "hb_blob_get_data", c_void_p, [c_void_p, POINTER(c_uint)]),
        (harfbuzz, "hb_blob_destroy", None, [c_void_p]),
        (harfbuzz, "hb_face_create", c_void_p, [c_void_p, c_uint]),
        (harfbuzz, "hb_face_destroy", None, [c_void_p]),
        (harfbuzz, "hb_face_destroy", None, [c_void_p]),
        (harfbuzz, "hb_face_get_glyph_count", c_uint, [c_void_p]),
        (harfbuzz, "hb_face_builder_create", c_void_p, []),
        (harfbuzz, "hb_face_builder_add_table", c_int, [c_void_p, c_uint32, c_void_p]),
        (harfbuzz, "hb_face_reference_blob", c_void_p, [c_void_p]),
        (harfbuzz, "hb_face_get_upem", c_uint, [c_void_p]),
        (harfbuzz, "hb_face_reference_table", c_void_p, [c_void_p, c_uint32]),
        (harfbuzz, "hb_font_create", c_void_p, [c_void_p]),
        (harfbuzz, "hb_set_add", None, [c_void_p, c_uint]),
        (harfbuzz, "hb_buffer_create", c_void_p, []),
        (harfbuzz, "hb_buffer_clear_contents", None, [c_void_p]),
        (harfbuzz, "hb_buffer_add_utf8", None, [c_void_p, c_char_p, c_int, c_uint, c_int]),
        (harfbuzz, "hb_buffer_set_direction", None, [c_void_p, c_int]),
        (harfbuzz, "hb_buffer_set_script", None, [c_void_p, c_uint32]),
        (harfbuzz, "hb_buffer_set_language", None, [c_void_p, c_void_p]),
        (harfbuzz, "hb_language_from_string", c_void_p, [c_char_p, c_int]),
        (harfbuzz, "hb_shape", None, [c_void_p, c_void_p, c_void_p, c_uint]),
        (harfbuzz, "hb_buffer_get_glyph_infos", POINTER(_Info), [c_void_p, POINTER(c_uint)]),
        (harfbuzz, "hb_buffer_get_glyph_positions", POINTER(_Position), [c_void_p, POINTER(c_uint)]),
        (subset, "hb_subset_input_create_or_fail", c_void_p, []),
        (subset, "hb_subset_input_destroy", None, [c_void_p]),
        (subset, "hb_subset_input_glyph_set", c_void_p, [c_void_p]),
        (subset, "hb_subset_input_set_flags", None, [c_void_p, c_uint]),
        (subset, "hb_subset_or_fail", c_void_p, [c_void_p, c_void_p]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return harfbuzz, subset
