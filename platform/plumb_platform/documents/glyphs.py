"""Glyphs of one face of the cut fonts, by HarfBuzz: how far they advance beside each other, and a font of some."""

from collections.abc import Iterable
from ctypes import byref, c_uint
from functools import cache
from pathlib import Path

from plumb_platform.documents.harfbuzz import WITHOUT_HINTS, WITHOUT_SUBROUTINES, content_of, libraries, tag

UNITS = 1000
"""Units to an em in the letters' fonts, as in the widths of a PDF."""
LEFT_TO_RIGHT = 4
OUTLINES = ("CFF ", "head", "hhea", "hmtx", "maxp")


class Face:
    """One font file, opened once; all lengths are in thousandths of an em."""

    def __init__(self, file: Path) -> None:
        """Raises OSError without HarfBuzz, or where the file is no font of `UNITS` to an em."""
        self._harfbuzz, self._subset = libraries()
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
            table = harfbuzz.hb_face_reference_table(self._face, tag(name))
            harfbuzz.hb_face_builder_add_table(builder, tag(name), table)
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
        harfbuzz.hb_buffer_set_script(buffer, tag(script))
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
        subset.hb_subset_input_set_flags(order, WITHOUT_HINTS | WITHOUT_SUBROUTINES)
        made = subset.hb_subset_or_fail(self._outlines, order)
        subset.hb_subset_input_destroy(order)
        if not made:
            raise OSError("HarfBuzz cannot cut the font")
        try:
            return content_of(harfbuzz.hb_face_reference_table(made, tag("CFF ")))
        finally:
            harfbuzz.hb_face_destroy(made)


@cache
def face_of(file: Path) -> Face:
    """Return the face in a file, opened once; raises OSError."""
    return Face(file)
