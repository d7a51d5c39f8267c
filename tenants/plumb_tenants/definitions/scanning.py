"""Files that bodies carry: scanned when a draft is saved, and before a version is given to anybody else (C92)."""

from plumb_platform.scanning import Scanner
from plumb_tenants.definitions.as_written import path_written
from plumb_tenants.definitions.models import DefinitionVersion
from plumb_tenants.definitions.rules import State
from plumb_tenants.definitions.steps import step_to


async def scan_version(scanner: Scanner, row: DefinitionVersion) -> None:
    """Return when every file in the body of a version is clean; raises what the scanner does, at the file's field in the body.

    It is asked after the change and in its transaction, so that nobody without the right to change has files scanned and a
    refusal undoes the change.
    """
    if not scanner.is_set:
        return
    kind, step = await step_to(row, State(row.state))
    for field, content in kind.files_in(step.body):
        await scanner.check(content, field=path_written(field))
