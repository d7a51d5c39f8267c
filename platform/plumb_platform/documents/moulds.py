"""Pours letters into moulds, each made when its shape is first met and kept while it is in use."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from plumb_platform.documents.fonts_slices import CUT, slice_families
from plumb_platform.documents.fonts_system import BOLD, REGULAR
from plumb_platform.documents.glyphs import UNITS
from plumb_platform.documents.letter_rooms import Measure
from plumb_platform.documents.letter_slots import DESIGNS, TakenApart, taken_apart
from plumb_platform.documents.mould import Mould, SetterOf
from plumb_platform.documents.set_line import LineSetter, Unfit, width_of

log = logging.getLogger(__name__)
KEPT = 16
"""Moulds that a process keeps, of about 1 MB each, with what typst keeps of it."""
WEIGHTS = {"400": REGULAR, "700": BOLD}
LANGUAGES = {"zh-CN": "zh-cn", "en": "en"}
Typesetting = Callable[[str, str], bytes]
"""Takes a design and the facts of a letter of marks; returns typst's PDF of it, made at `mould_metadata.MOMENT`."""


class Moulds:
    """The moulds of one process. What a letter becomes does not depend on which of them are there."""

    def __init__(self, cut_fonts: Path, typeset: Typesetting) -> None:
        self._folder, self._typeset = cut_fonts, typeset
        self._kept: OrderedDict[tuple[str, str], Mould | None] = OrderedDict()

    def make(self, design: str, facts: dict[str, Any], *, identifier: bytes, created: str) -> bytes | None:
        """Return the PDF of a letter; None for one that typst has to set. `facts` are taken apart."""
        if design not in DESIGNS:
            return None
        try:
            taken = taken_apart(design, facts, self._measure(facts))
            mould = self._mould(design, taken) if taken else None
            if taken is None or mould is None:
                return None
            return mould.poured(taken, identifier=identifier, created=datetime.fromisoformat(created))
        except Unfit:
            return None
        except Exception:
            # A letter is due whatever is wrong with its mould: typst sets it, and the log says why it took longer.
            log.exception("a letter could not be poured", extra={"design": design})
            return None

    def shape_of(self, design: str, facts: dict[str, Any]) -> str | None:
        """Return what letters poured into one mould have in common, as JSON; None for a letter that is left to typst."""
        try:
            taken = taken_apart(design, facts, self._measure(facts)) if design in DESIGNS else None
        except Unfit:
            return None
        return orjson.dumps(taken.shape).decode() if taken else None

    def _mould(self, design: str, taken: TakenApart) -> Mould | None:
        key = design, orjson.dumps(taken.shape).decode()
        if key not in self._kept:
            try:
                self._kept[key] = Mould(self._typeset(*key), taken, self._setters(taken.shape["letter"]["locale"]))
            except (ValueError, KeyError, Unfit):
                self._kept[key] = None
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _measure(self, facts: dict[str, Any]) -> Measure:
        """Return how wide texts are in the typeface of a letter, whose heavy letters in Chinese may be stroked regular ones."""
        family, locale = CUT[facts["typeface"]].replace(" ", ""), facts["letter"]["locale"]
        is_stroked = facts["typeface"] == "HEI" and locale == "zh-CN"

        def measure(text: str, heavy: bool) -> float:
            setter = self._setter(family, "700" if heavy and not is_stroked else "400", LANGUAGES[locale])
            return width_of(setter.set(text, 0)) / UNITS

        return measure

    def _setters(self, locale: str) -> SetterOf:
        return lambda family, weight, is_page: self._setter(family, weight, LANGUAGES[locale] if is_page else "")

    @cache  # noqa: B019  # moulds live as long as their process
    def _setter(self, family: str, weight: str, language: str) -> LineSetter:
        typeface = next(face for face, name in CUT.items() if name.replace(" ", "") == family)
        names = (name.replace(" ", "-") for name in slice_families(typeface))
        return LineSetter([self._folder / f"{name}-{WEIGHTS[weight]}.otf" for name in names], language)
