"""Facts that people read under more than one permission: a matrix that hides one of the fields and shows another is told so."""

from collections.abc import Iterator, Sequence

from plumb_platform.permissions import Pair, Scope
from plumb_platform.resources import resource_named
from plumb_tenants.access.body import MatrixRole

TOLD_TWICE: tuple[frozenset[str], ...] = (
    # Who brought a file is told what was found in it, and need not be of those who judge files.
    frozenset({"Attachment.scanFinding", "DefinitionVersion.scanFinding", "FileScan.finding"}),
    frozenset({"Attachment.scanReason", "DefinitionVersion.scanReason", "FileScan.clearedReason", "FileScan.removedReason"}),
    # Somebody's credit says what it is for, though they may not read the order.
    *(frozenset({f"Credit.{name}", f"Order.{name}"}) for name in ("currency", "customer", "product", "region")),
    frozenset({"Credit.periodCode", "ShareVersion.periodCode"}),
    # Who has weeks of a plan is told what they count, though they may not read the plan.
    *(frozenset({f"Plan.{name}", f"PlanWeek.{name}"}) for name in ("metric", "unitOfMeasure")),
    # Who asked for a revision or ran a plan is told how it went, though they may not read the approval or the job.
    frozenset({"Approval.clockSeconds", "Revision.approvalSeconds"}),
    frozenset({"Job.errorCode", "PlanRun.refusedCode"}),
)
"""Fields, as matrices name them, that say the same of one thing, each read by a permission of its own."""


def told_elsewhere(role: MatrixRole) -> Iterator[tuple[str, str]]:
    """Yield each field that a role reads rows without, with one that tells the role the same."""
    reads: dict[str, list[Pair]] = {}
    for each in role.grants:
        reads.setdefault(f"{each.resource}:{each.action}", []).append(each.pair)
    for fields in TOLD_TWICE:
        shows = {each: _shows(reads.get(resource_named(each.partition(".")[0]).read.value, ()), each) for each in sorted(fields)}
        shown = [each for each, does in shows.items() if does]
        yield from ((each, shown[0]) for each, does in shows.items() if shown and does is False)


def _shows(pairs: Sequence[Pair], coordinate: str) -> bool | None:
    """Return whether what a role may read of a resource shows a field on any row; None where it reads no row."""
    allowing = [pair for pair in pairs if not pair.denies and pair.scope > Scope.NONE]
    naming = [pair for pair in pairs if pair.fields is not None and coordinate in pair.fields]
    if not allowing:
        return None
    shows = any(pair.fields is None or pair in naming for pair in allowing)
    return shows and not any(pair.denies and pair.scope is Scope.COMPANY and not pair.filter for pair in naming)
