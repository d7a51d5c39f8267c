"""Files that people typed, as GraphQL takes them, and what is wrong with them as it tells it."""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import strawberry

from graphql import GraphQLField, GraphQLInputObjectType, get_named_type
from plumb_platform.errors import DomainError, InvalidInput, Locale
from plumb_platform.sheets.lines import Fault, FileReport
from plumb_schema.ground.permission import SIGNED_IN, tenant_type


class FileNotGiven(InvalidInput):
    """A file comes in one form: as text, or as bytes in base64."""

    code = "FILE_NOT_GIVEN"
    zh = "请用 csv（文本）或 fileBase64（CSV 或 XLSX 文件字节的 Base64）之一提供文件。"
    en = "Give the file either as csv (its text) or as fileBase64 (the bytes of a CSV or XLSX file in base64)."


@strawberry.input(description="文件 / A file of rows that people typed, as CSV or XLSX.")
class SheetInput:
    csv: str | None = None
    file_base64: str | None = None
    sheet: str | None = strawberry.field(
        default=None, description="工作表名称，默认第一个可见的 / The sheet of a workbook; the first that shows when absent."
    )
    dry_run: bool = False


def takes_file(field: GraphQLField) -> bool:
    """Return whether a built mutation reads a file of rows, so that few of its kind are made at one time."""
    kinds = [get_named_type(argument.type) for argument in field.args.values()]
    return any(
        isinstance(kind, GraphQLInputObjectType) and issubclass(kind.extensions["strawberry-definition"].origin, SheetInput)
        for kind in kinds
    )


@tenant_type(needs=SIGNED_IN, description="导入问题 / What is wrong at a row (1 is the header) and a column.")
class ImportFault:
    row: int
    column: str | None
    heading: str | None
    code: str
    message: str


@contextmanager
def file_of(given: SheetInput) -> Iterator[bytes]:
    """Give the bytes of a file; what is refused of them is told of the argument that held them."""
    try:
        yield _content(given)
    except DomainError as error:
        if error.field == "content":
            error.field = "fileBase64" if given.csv is None else "csv"
        raise


def facts_of(report: FileReport, locale: Locale) -> dict[str, Any]:
    """Return the fields of the GraphQL object of an import: its own counts, and what all imports tell."""
    return {
        **report.counts,
        "written": report.written,
        "rows": report.rows,
        "errors": faults_of(report.errors, report.titles, locale),
        "warnings": faults_of(report.warnings, report.titles, locale),
        "error_count": report.error_count,
        "warning_count": report.warning_count,
    }


def faults_of(faults: Sequence[Fault], titles: Mapping[str, str], locale: Locale) -> list[ImportFault]:
    """Return the GraphQL objects of faults, their texts in the caller's language, headings as the file writes them."""
    return [
        ImportFault(
            row=fault.row,
            column=fault.column,
            heading=titles.get(fault.column, fault.column) if fault.column else None,
            code=fault.error.code,
            message=fault.error.text(locale),
        )
        for fault in faults
    ]


def _content(given: SheetInput) -> bytes:
    if given.csv is not None and given.file_base64 is None:
        return given.csv.encode("utf-8", "surrogatepass")
    if given.file_base64 is None or given.csv is not None:
        raise FileNotGiven(field="csv")
    try:
        return b64decode(given.file_base64, validate=True)
    except (binascii.Error, ValueError):
        raise FileNotGiven(field="fileBase64") from None
