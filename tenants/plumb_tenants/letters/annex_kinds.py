"""The files that stand beside a letter, and when each can be made; pure."""

from enum import StrEnum

from plumb_tenants.letters.rules import LetterState


class AnnexKind(StrEnum):
    """What stands beside a letter."""

    BATTLE_MAP = "BATTLE_MAP"
    AUDIT = "AUDIT"


NAMES = {AnnexKind.BATTLE_MAP: "battle-map", AnnexKind.AUDIT: "audit"}
READY = {
    AnnexKind.BATTLE_MAP: (LetterState.SIGNED, LetterState.SEALED),
    AnnexKind.AUDIT: (LetterState.SEALED, LetterState.REVOKED),
}
"""The states of a letter in which each can be made."""
