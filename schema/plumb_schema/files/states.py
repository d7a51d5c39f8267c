"""The word for where a brought file stands, which types of several domains show."""

import strawberry

from plumb_tenants.files.service import ScanState

strawberry.enum(ScanState, name="FileScanState", description="扫描状态 / Where a brought file stands with the virus scan.")
