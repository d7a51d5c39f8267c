"""CSV files (RFC 4180) that Excel opens as UTF-8."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from plumb_platform.exports.cells import Cell, plain_cell

BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel reads Chinese text in the code page of the machine."""


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a header and rows as UTF-8 with a byte order mark and CRLF; equal input gives equal bytes.

    Numbers are written in full; whatever a person could have typed is made neutral, the header too.
    """
    file = StringIO(newline="")
    file.write(BYTE_ORDER_MARK)
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([plain_cell(title) for title in header])
    writer.writerows([plain_cell(cell) for cell in row] for row in rows)
    return file.getvalue().encode()
