"""HarfBuzz and its subsetter as ctypes sees them: the one module that knows their functions by name and type."""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_uint, c_uint32, c_void_p
from functools import cache

READ_ONLY = 1
"""A blob's content is not ours to change (`HB_MEMORY_MODE_READONLY`)."""
WITHOUT_HINTS, WITHOUT_SUBROUTINES = 1, 4
"""Flags of a subset (`hb_subset_flags_t`)."""


class _Info(ctypes.Structure):
    _fields_ = (("glyph", c_uint32), ("mask", c_uint32), ("cluster", c_uint32), ("one", c_uint32), ("two", c_uint32))


class _Position(ctypes.Structure):
    _fields_ = (("advance", c_int32), ("rise", c_int32), ("right", c_int32), ("up", c_int32), ("one", c_uint32))


HARFBUZZ = {
    "hb_blob_create": (c_void_p, [c_char_p, c_uint, c_int, c_void_p, c_void_p]),
    "hb_blob_create_from_file": (c_void_p, [c_char_p]),
    "hb_blob_get_data": (c_void_p, [c_void_p, POINTER(c_uint)]),
    "hb_blob_destroy": (None, [c_void_p]),
    "hb_face_create": (c_void_p, [c_void_p, c_uint]),
    "hb_face_destroy": (None, [c_void_p]),
    "hb_face_get_glyph_count": (c_uint, [c_void_p]),
    "hb_face_get_upem": (c_uint, [c_void_p]),
    "hb_face_reference_blob": (c_void_p, [c_void_p]),
    "hb_face_reference_table": (c_void_p, [c_void_p, c_uint32]),
    "hb_face_builder_create": (c_void_p, []),
    "hb_face_builder_add_table": (c_int, [c_void_p, c_uint32, c_void_p]),
    "hb_font_create": (c_void_p, [c_void_p]),
    "hb_set_add": (None, [c_void_p, c_uint]),
    "hb_set_clear": (None, [c_void_p]),
    "hb_buffer_create": (c_void_p, []),
    "hb_buffer_clear_contents": (None, [c_void_p]),
    "hb_buffer_add_utf8": (None, [c_void_p, c_char_p, c_int, c_uint, c_int]),
    "hb_buffer_set_direction": (None, [c_void_p, c_int]),
    "hb_buffer_set_script": (None, [c_void_p, c_uint32]),
    "hb_buffer_set_language": (None, [c_void_p, c_void_p]),
    "hb_language_from_string": (c_void_p, [c_char_p, c_int]),
    "hb_shape": (None, [c_void_p, c_void_p, c_void_p, c_uint]),
    "hb_buffer_get_glyph_infos": (POINTER(_Info), [c_void_p, POINTER(c_uint)]),
    "hb_buffer_get_glyph_positions": (POINTER(_Position), [c_void_p, POINTER(c_uint)]),
}
SUBSET = {
    "hb_subset_input_create_or_fail": (c_void_p, []),
    "hb_subset_input_destroy": (None, [c_void_p]),
    "hb_subset_input_unicode_set": (c_void_p, [c_void_p]),
    "hb_subset_input_glyph_set": (c_void_p, [c_void_p]),
    "hb_subset_input_set": (c_void_p, [c_void_p, c_uint]),
    "hb_subset_input_set_flags": (None, [c_void_p, c_uint]),
    "hb_subset_or_fail": (c_void_p, [c_void_p, c_void_p]),
}


@cache
def libraries() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    """Return HarfBuzz and its subsetter; raises OSError on a machine without them."""
    harfbuzz, subset = ctypes.CDLL("libharfbuzz.so.0"), ctypes.CDLL("libharfbuzz-subset.so.0")
    for library, functions in ((harfbuzz, HARFBUZZ), (subset, SUBSET)):
        for name, (result, arguments) in functions.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    return harfbuzz, subset


def tag(name: str) -> int:
    """Return the number by which HarfBuzz knows a table, a script or a feature of four letters."""
    return int.from_bytes(name.encode())


def content_of(blob: c_void_p) -> bytes:
    """Return what a blob holds, and let go of it."""
    harfbuzz, length = libraries()[0], c_uint()
    try:
        return ctypes.string_at(harfbuzz.hb_blob_get_data(blob, byref(length)), length.value)
    finally:
        harfbuzz.hb_blob_destroy(blob)
