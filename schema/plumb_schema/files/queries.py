"""Queries of the virus scan: brought files as it sees them."""

import strawberry

from plumb_schema.files.types import FileScan
from plumb_schema.reads.classes import connection, single


@strawberry.type
class FileQuery:
    file_scans = connection(FileScan, description="文件扫描列表 / What the scan says of brought files; HELD is quarantine.")
    file_scan = single(FileScan, description="文件扫描 / One of them.")
