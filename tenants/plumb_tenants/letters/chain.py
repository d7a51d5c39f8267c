"""The chain of a letter: its people found when it is issued, its rows, and asking those whose turn has come (A22)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.errors import Refused
from plumb_platform.telling import Sentence
from plumb_tenants.letters.definition import LetterBody
from plumb_tenants.letters.models import Letter, LetterSigner
from plumb_tenants.letters.rules import Role
from plumb_tenants.letters.signers import LABELS, USUAL, Act, Signer, SignerRule, SignerState, next_asked
from plumb_tenants.notifications.service import notify
from plumb_tenants.people.service import Person, find_person_by_number, get_person


class LetterSignerMissing(Refused):
    """Everybody of the chain works here when a letter is issued."""

    code = "LETTER_SIGNER_MISSING"
    zh = "签署链中的“{label}”{who}无法确定在职人员，责任书未签发。"
    en = "The chain's {label} {who} is nobody who works here, so that no letter was issued."


@dataclass(frozen=True, slots=True)
class Link:
    """One of the chain with the person that it stands for."""

    rule: SignerRule
    label: str
    person: Person


async def chain_of(actor: Actor, body: LetterBody, employee: Person, manager: Person) -> list[Link]:
    """Return the chain of a letter between two parties, in the order of its steps; raises LetterSignerMissing."""
    rules = sorted(body.signers or USUAL, key=lambda rule: rule.step)
    people = {Role.EMPLOYEE: employee, Role.MANAGER: manager}
    return [await _link(actor, rule, rule.label or LABELS[body.locale][rule.role], people) for rule in rules]


async def _link(actor: Actor, rule: SignerRule, label: str, people: dict[Role, Person]) -> Link:
    person = people.get(rule.role)
    if rule.role is Role.SECOND_LINE:
        above = people[Role.MANAGER].manager_id
        person = await get_person(actor, above) if above else None
    elif person is None:
        person = await find_person_by_number(actor, rule.person_number)
    if person is None or not person.active:
        raise LetterSignerMissing(field="templateVersionId", label=label, who=rule.person_number)
    return Link(rule, label, person)


async def write_chain(actor: Actor, letter: Letter, chain: Sequence[Link]) -> None:
    """Write the rows of a new letter's chain, and ask those of its first step."""
    signers = [
        Signer(link.rule.role, link.rule.act, link.rule.step, link.person.id, SignerState.WAITING, label=link.label)
        for link in chain
    ]
    asked = next_asked(signers)
    await LetterSigner.bulk_create(
        LetterSigner(
            letter_id=letter.id,
            role=each.role.value,
            act=each.act.value,
            step=each.step,
            label=each.label,
            person_id=each.person_id,
            state=(SignerState.ASKED if each in asked else SignerState.WAITING).value,
            asked_at=now() if each in asked else None,
        )
        for each in signers
    )
    await _tell_asked(actor, letter, asked)


async def signers_of(letter_id: UUID) -> list[Signer]:
    """Return the chain of a letter, in the order of its steps."""
    rows = await LetterSigner.filter(letter_id=letter_id).order_by("step", "role")
    return [
        Signer(
            role=Role(row.role),
            act=Act(row.act),
            step=row.step,
            person_id=row.person_id,
            state=SignerState(row.state),
            label=row.label,
            asked_at=row.asked_at,
            reminders=row.reminders,
            reminded_at=row.reminded_at,
        )
        for row in rows
    ]


async def set_state(letter_id: UUID, roles: Collection[Role], state: SignerState) -> None:
    """Move some of a chain to a state; who is asked gets the time of it."""
    changes: dict[str, object] = {"state": state.value}
    if state is SignerState.ASKED:
        changes["asked_at"] = now()
    await LetterSigner.filter(letter_id=letter_id, role__in=[role.value for role in roles]).update(**changes)


async def ask_next(actor: Actor, letter: Letter) -> None:
    """Ask those whose turn has come, and nobody before: each gets a message, once."""
    asked = next_asked(await signers_of(letter.id))
    if not asked:
        return
    await set_state(letter.id, [each.role for each in asked], SignerState.ASKED)
    await _tell_asked(actor, letter, asked)


async def _tell_asked(actor: Actor, letter: Letter, asked: Sequence[Signer]) -> None:
    for act, said in (
        (Act.SIGNER, ("请签署责任书 {number}。", "Please sign the letter {number}.")),
        (Act.APPROVER, ("请审批责任书 {number}。", "Please approve the letter {number}.")),
    ):
        people = [each.person_id for each in asked if each.act is act]
        await tell(actor, letter, people, "letter.asked", said=said)


async def tell(
    actor: Actor,
    letter: Letter,
    people: Collection[UUID],
    kind: str,
    *,
    said: tuple[str, str],
    round_: str = "",
    **words: Any,
) -> None:
    """Write a message about a letter to people, in zh and en with `{number}` and the words given, once per kind and round.

    Those words are the reason for which the letter ended (`why`) and what a signer is called in its chain (`by`, `label`).
    """
    if people:
        await notify(
            actor,
            people=people,
            kind=kind,
            object_type="Letter",
            object_id=letter.id,
            said=Sentence(
                zh=said[0],
                en=said[1],
                tells={
                    "number": "Letter.number",
                    "why": "Letter.closedReason",
                    "by": "Letter.signers",
                    "label": "Letter.signers",
                },
                row=letter.id,
                number=letter.number,
                **words,
            ),
            once=f"{kind}:{letter.id}:{round_}",
        )
