"""A file that people typed as a table, by what its bytes say it is: a workbook of Excel or WPS, or CSV."""

from plumb_platform.sheets.cells import Columns
from plumb_platform.sheets.csv_file import read_csv
from plumb_platform.sheets.table import LARGEST_FILE, Table, TableTooLarge
from plumb_platform.sheets.workbook import OLD_HEAD, ZIP_HEAD, read_workbook
from plumb_platform.sheets.workbook_parts import WorkbookUnreadable


def read_table(content: bytes, columns: Columns, *, sheet: str | None = None) -> Table:
    """Return the table in a file: of a workbook its first sheet that shows, or the one of the name `sheet`.

    Raises TableTooLarge, TableEmpty, and what csv_file.py and workbook.py refuse, all of the field `content` or `sheet`.
    """
    if len(content) > LARGEST_FILE:
        raise TableTooLarge
    if content.startswith(OLD_HEAD):
        raise WorkbookUnreadable(field="content")
    return read_workbook(content, columns, sheet=sheet) if content.startswith(ZIP_HEAD) else read_csv(content, columns)
