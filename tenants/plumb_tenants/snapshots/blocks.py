"""The three inputs of a snapshot as it keeps them: actuals, market signals, forecasts; each there or MISSING (C68)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_tenants.snapshots.deviations import Mark, deviation

Json = dict[str, Any]


class Block(StrEnum):
    """An input of a snapshot."""

    ACTUALS = "ACTUALS"
    MARKET = "MARKET"
    FORECAST = "FORECAST"


class BlockState(StrEnum):
    """Whether an input is there."""

    PRESENT = "PRESENT"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class BlockText:
    """An input as it is kept: a line of canonical JSON, and what the head of the snapshot says of it."""

    block: Block
    state: BlockState
    reason: str
    content: str

    @property
    def hash(self) -> str:
        """Return the hash of the line, which the content hash is made of as of any goal's."""
        return sha256_hex(self.content.encode())

    @property
    def said(self) -> Json:
        """Return what the head of the snapshot says of the input."""
        return {"state": self.state.value, "reason": self.reason}


def block_text(block: Block, items: Sequence[Json], *, missing: str = "", more: Json | None = None) -> BlockText:
    """Return an input; without any item it is MISSING for the given reason, and the snapshot completes all the same."""
    state = BlockState.PRESENT if items and not missing else BlockState.MISSING
    reason = missing if state is BlockState.MISSING else ""
    content = {"block": block.value, "state": state.value, "reason": reason, "items": list(items), **(more or {})}
    return BlockText(block, state, reason, canonical_bytes(content).decode())


def forecast_items(signals: Sequence[Mapping[str, Any]], red_percent: Decimal) -> list[Json]:
    """Return forecasts with their deviation from what was budgeted."""
    items = []
    for signal in signals:
        baseline = Decimal(signal["baseline"]) if signal["baseline"] is not None else None
        found = deviation(Decimal(signal["value"]), baseline, red_percent=red_percent)
        percent = None if found.percent is None else f"{found.percent:f}"
        items.append(dict(signal) | {"deviation": percent, "mark": found.mark.value})
    return items


def red_count(items: Sequence[Mapping[str, Any]]) -> int:
    """Return how many items are marked red."""
    return sum(item["mark"] == Mark.RED for item in items)


def months_asked(day: date) -> tuple[date, date]:
    """Return the first days of the months whose signals a snapshot takes: the month before its own, and its own."""
    own = day.replace(day=1)
    before = own.replace(year=own.year - 1, month=12) if own.month == 1 else own.replace(month=own.month - 1)
    return before, own
