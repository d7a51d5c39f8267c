"""The body of a form: fields of every type, their rules in the formula language, checks across fields."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field as Bounded

from plumb_tenants.definitions.kinds import Body, Logic, MetricName
from plumb_tenants.definitions.spelling import FIELD_KEY

LARGEST_FILE = 2 * 1024 * 1024
MOST_FILES, MOST_ROWS, MOST_FIELDS, MOST_COLUMNS, MOST_CHOICES = 10, 200, 200, 20, 200
LONGEST_TEXT, LONGEST_LONG_TEXT = 500, 10_000

Key = Annotated[str, Bounded(pattern=FIELD_KEY)]
"""What formulas call a field: letters or Chinese characters, digits and underscores."""
Label = Annotated[str, Bounded(min_length=1, max_length=80)]
Word = Annotated[str, Bounded(min_length=1, max_length=60)]
Metric = Annotated[str, Bounded(max_length=60), MetricName()]
"""The key of a metric, which a copy for another function swaps; empty for none (C21)."""
Rule = Annotated[str, Bounded(max_length=2000), Logic()]
"""A formula; empty for none."""


class Type(StrEnum):
    """What a field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    PERIOD = "period"
    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    PERSON = "person"
    UNIT = "unit"
    METRIC = "metric"
    PRODUCT_LINE = "product_line"
    ATTACHMENT = "attachment"
    TABLE = "table"
    COMPUTED = "computed"
    FED = "fed"
    SECTION = "section"


NUMBERS = frozenset({Type.INTEGER, Type.DECIMAL, Type.MONEY, Type.PERCENT})
TEXTS = frozenset({Type.TEXT, Type.LONG_TEXT})
CHOSEN = frozenset({Type.SINGLE_CHOICE, Type.MULTIPLE_CHOICE, Type.PRODUCT_LINE})
COLLECTIONS = frozenset({Type.MULTIPLE_CHOICE, Type.ATTACHMENT, Type.TABLE})
NOT_WRITTEN = frozenset({Type.COMPUTED, Type.FED, Type.SECTION, Type.ATTACHMENT})
"""Types whose values no client sends: computed, synced, none at all, or uploaded."""
NOT_IN_ROWS = frozenset({Type.TABLE, Type.SECTION, Type.ATTACHMENT, Type.FED})


class MediaType(StrEnum):
    """Files that a form may take; the content must be what the type says."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    CSV = "text/csv"


class Source(StrEnum):
    """Where a figure of suggestions comes from."""

    HISTORY_MEAN = "history_mean"
    BENCHMARK = "benchmark"


class Choice(Body):
    """选项 / One answer to choose."""

    key: Annotated[str, Bounded(min_length=1, max_length=60)]
    label: Label
    label_en: Annotated[str, Bounded(max_length=80)] = ""


class Cell(Body):
    """What a field and a column of a table have in common: a value of one type, and its rules."""

    key: Key
    type: Type
    label: Label
    label_en: Annotated[str, Bounded(max_length=80)] = ""
    help: Annotated[str, Bounded(max_length=500)] = ""
    required: bool = False
    required_if: Rule = ""
    visible_if: Rule = ""
    read_only_if: Rule = ""
    minimum: Rule = ""
    maximum: Rule = ""
    min_length: Annotated[int, Bounded(ge=0, le=LONGEST_LONG_TEXT)] | None = None
    max_length: Annotated[int, Bounded(ge=1, le=LONGEST_LONG_TEXT)] | None = None
    min_items: Annotated[int, Bounded(ge=0, le=MOST_ROWS)] | None = None
    max_items: Annotated[int, Bounded(ge=1, le=MOST_ROWS)] | None = None
    pattern: Annotated[str, Bounded(max_length=200)] = ""
    places: Annotated[int, Bounded(ge=0, le=8)] = 2
    choices: Annotated[tuple[Choice, ...], Bounded(max_length=MOST_CHOICES)] = ()
    formula: Rule = ""


class Column(Cell):
    """列 / A column of a table: its rules read the row that they stand in, and the fields of the form."""


class Field(Cell):
    """字段 / One field of a form, in the order in which people fill it in."""

    metric: Metric = ""
    suggestion: Rule = ""
    feed: Annotated[str, Bounded(max_length=60)] = ""
    media_types: Annotated[tuple[MediaType, ...], Bounded(max_length=6)] = ()
    max_bytes: Annotated[int, Bounded(ge=1, le=LARGEST_FILE)] = LARGEST_FILE
    columns: Annotated[tuple[Column, ...], Bounded(max_length=MOST_COLUMNS)] = ()


class Figure(Body):
    """建议值依据 / A figure that suggestions read: the mean of a metric's last months, or a benchmark's value.

    A benchmark is looked up by the answers of three fields of the form, whose keys stand here (C2).
    """

    key: Key
    source: Source
    metric: Metric = ""
    months: Annotated[int, Bounded(ge=1, le=36)] = 12
    benchmark: Annotated[str, Bounded(max_length=60)] = ""
    product_line: Annotated[str, Bounded(max_length=40)] = ""
    region: Annotated[str, Bounded(max_length=40)] = ""
    period: Annotated[str, Bounded(max_length=40)] = ""


class Check(Body):
    """校验 / A condition over several fields that a submission must meet; what has no input is not judged."""

    key: Key
    condition: Annotated[str, Bounded(max_length=2000), Logic()] = ""
    message: Annotated[str, Bounded(min_length=1, max_length=200)]
    message_en: Annotated[str, Bounded(max_length=200)] = ""


class Form(Body):
    """A form: fields in their order, figures of suggestions, metrics that it is about, checks across fields.

    `flow` is the key of the flow that a submission runs on; without one it is settled once it is submitted.
    """

    title: Label
    title_en: Annotated[str, Bounded(max_length=80)] = ""
    metrics: Annotated[tuple[Word, ...], Bounded(max_length=50), MetricName()] = ()
    figures: Annotated[tuple[Figure, ...], Bounded(max_length=50)] = ()
    fields: Annotated[tuple[Field, ...], Bounded(min_length=1, max_length=MOST_FIELDS)]
    checks: Annotated[tuple[Check, ...], Bounded(max_length=100)] = ()
    flow: Annotated[str, Bounded(max_length=60)] = ""
