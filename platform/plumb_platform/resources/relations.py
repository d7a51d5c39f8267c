"""Relations of a resource: from one object to one, to many, to one of several types, or to items without an id."""

from dataclasses import dataclass

from plumb_platform.resources.columns import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """The object of type `target` whose id the expression `by` gives; null where there is none or it is not the caller's.

    A `part` belongs to the row: who may read the row may read it, whatever their reach over its own kind. Of a `named` part
    they read the core fields alone, such as number and name of an applicant, unless they reach it themselves.
    """

    name: str
    target: str
    by: str
    part: bool = False
    named: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """The object that the first of `members` with an id names: pairs of a type and the expression of its id."""

    name: str
    union: str
    members: tuple[tuple[str, str], ...]
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """The objects of type `target` for which `on` holds, an SQL condition over `{there}` and `{row}`.

    `paged` makes it a connection; else it is a list, which only fits relations that stay short. `part` as for One.
    """

    name: str
    target: str
    on: str
    paged: bool = True
    part: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Values that a row holds within itself: `source` is an SQL source over `{row}`, its columns are over `{item}`."""

    name: str
    type_name: str
    columns: tuple[Column, ...]
    source: str
    order: str
    core: bool = False
    doc: str = ""
    type_doc: str = ""


Relation = One | OneOf | Many | Items
