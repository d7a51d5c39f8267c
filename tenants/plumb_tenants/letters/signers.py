"""Who signs a letter, as what and in which order: the chain of a template, and whose turn it is; pure (A22)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from plumb_platform.errors import InvalidInput, Locale
from plumb_tenants.definitions.kinds import Body
from plumb_tenants.letters.rules import LetterState, Role

MOST_STEPS = 9


class SignersNeeded(InvalidInput):
    """A letter is the word of two parties."""

    code = "LETTER_SIGNERS_NEEDED"
    zh = "责任人与直属上级须作为签署人（SIGNER）出现在签署链中。"
    en = "The employee and the manager have to be in the chain, both as SIGNER."


class SignerTwice(InvalidInput):
    """A role signs once."""

    code = "LETTER_SIGNER_TWICE"
    zh = "角色“{role}”在签署链中出现了多次。"
    en = "The role {role} stands in the chain more than once."


class SignerPersonMisplaced(InvalidInput):
    """The parties follow from the letter; anybody else is named."""

    code = "LETTER_SIGNER_PERSON"
    zh = "角色“{role}”{needed_zh}填写人员工号。"
    en = "The role {role} {needed_en} the number of a person."


class Act(StrEnum):
    """What is asked of somebody: to sign, to approve without signing, or only to know."""

    SIGNER = "SIGNER"
    APPROVER = "APPROVER"
    CC = "CC"


class SignerState(StrEnum):
    """Where one of the chain stands; a CC is TOLD when all is signed."""

    WAITING = "WAITING"
    ASKED = "ASKED"
    DONE = "DONE"
    DECLINED = "DECLINED"
    TOLD = "TOLD"


class SignerRule(Body):
    """签署人 / One of the chain; equal steps go side by side, the next step is asked when all of one are done."""

    role: Role
    act: Act = Act.SIGNER
    step: Annotated[int, Field(ge=1, le=MOST_STEPS)] = 1
    label: Annotated[str, Field(max_length=40)] = ""
    person_number: Annotated[str, Field(max_length=40)] = ""


FOLLOWING = frozenset({Role.EMPLOYEE, Role.MANAGER, Role.SECOND_LINE})
"""Roles whose people follow from the letter itself."""
USUAL = (SignerRule(role=Role.EMPLOYEE, step=1), SignerRule(role=Role.MANAGER, step=2))
LABELS: dict[Locale, dict[Role, str]] = {
    "zh-CN": {
        Role.EMPLOYEE: "责任人",
        Role.MANAGER: "直属上级",
        Role.SECOND_LINE: "上上级",
        Role.HR: "人力资源部",
        Role.FINANCE: "财务部",
        Role.LEGAL: "法务部",
        Role.WITNESS: "见证人",
    },
    "en": {
        Role.EMPLOYEE: "Employee",
        Role.MANAGER: "Manager",
        Role.SECOND_LINE: "Second-line manager",
        Role.HR: "Human resources",
        Role.FINANCE: "Finance",
        Role.LEGAL: "Legal",
        Role.WITNESS: "Witness",
    },
}


@dataclass(frozen=True, slots=True)
class Signer:
    """One of a letter's chain as it stands."""

    role: Role
    act: Act
    step: int
    person_id: UUID
    state: SignerState
    label: str = ""
    asked_at: datetime | None = None
    reminders: int = 0
    reminded_at: datetime | None = None


class Called:
    """What signers are called in a text: by the company's own words for them, else by the role in the reader's language.

    A letter carries its chain in its own language, which need not be its reader's.
    """

    def __init__(self, *signers: tuple[Role, str]) -> None:
        self._signers = signers

    def text(self, locale: Locale) -> str:
        """Return the words, one after the other."""
        said = (label if self._is_own(role, label) else LABELS[locale][role] for role, label in self._signers)
        return ("、" if locale == "zh-CN" else ", ").join(said)

    @staticmethod
    def _is_own(role: Role, label: str) -> bool:
        return label not in {words[role] for words in LABELS.values()}


def signer_faults(rules: Sequence[SignerRule]) -> Iterator[InvalidInput]:
    """Yield what stands against a chain; an empty one is the usual: the employee, then the manager."""
    if not rules:
        return
    signing = {rule.role for rule in rules if rule.act is Act.SIGNER}
    if not {Role.EMPLOYEE, Role.MANAGER} <= signing:
        yield SignersNeeded(field="signers")
    roles = [rule.role for rule in rules]
    for place, rule in enumerate(rules):
        if roles.index(rule.role) != place:
            yield SignerTwice(field=f"signers[{place}].role", role=rule.role.name)
        if (rule.role in FOLLOWING) is bool(rule.person_number):
            zh, en = ("不可", "takes no") if rule.person_number else ("须", "needs")
            yield SignerPersonMisplaced(
                field=f"signers[{place}].person_number", role=rule.role.name, needed_zh=zh, needed_en=f"{en}"
            )


def next_asked(signers: Iterable[Signer]) -> list[Signer]:
    """Return those who are to be asked now: all who wait in the first step that is not done, a CC never."""
    open_ones = [each for each in signers if each.act is not Act.CC and each.state in (SignerState.WAITING, SignerState.ASKED)]
    step = min((each.step for each in open_ones), default=0)
    return [each for each in open_ones if each.step == step and each.state is SignerState.WAITING]


def state_after(signers: Iterable[Signer]) -> LetterState:
    """Return the state of a letter that follows from its chain."""
    acting = [each for each in signers if each.act is not Act.CC]
    if all(each.state is SignerState.DONE for each in acting):
        return LetterState.SIGNED
    return LetterState.PARTLY_SIGNED if any(each.state is SignerState.DONE for each in acting) else LetterState.ISSUED


def waited_for(signers: Iterable[Signer]) -> list[Signer]:
    """Return whose act the letter waits for."""
    return [each for each in signers if each.state is SignerState.ASKED]
