"""The body of a flow: steps with lines of approvers, conditions, terms, and what holds where nobody can approve."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from plumb_tenants.approvals.states import Mode
from plumb_tenants.calendars.clocks import Term
from plumb_tenants.definitions.kinds import Body, Logic
from plumb_tenants.definitions.spelling import Key
from plumb_tenants.formulas.service import Type

END = "END"
"""The word for the end of a flow: what reaches it is approved."""

Name = Annotated[str, Field(min_length=1, max_length=80)]
Condition = Annotated[str, Field(max_length=1000), Logic()]


class By(StrEnum):
    """How approvers are found."""

    MANAGER = "MANAGER"
    UNIT_HEAD = "UNIT_HEAD"
    ROLE = "ROLE"
    PERSON = "PERSON"
    FIELD = "FIELD"
    FORMULA = "FORMULA"


class Vacancy(StrEnum):
    """What holds when a line has no approver at all: it passes, or the request is rejected."""

    PASS = "PASS"
    REJECT = "REJECT"


class OwnRule(StrEnum):
    """Who decides when an approver is the applicant: their manager, the line's substitutes, or they themselves."""

    MANAGER = "MANAGER"
    SUBSTITUTE = "SUBSTITUTE"
    ALLOW = "ALLOW"


class OnTimeout(StrEnum):
    """What happens when the term of a step is over."""

    REMIND = "REMIND"
    ESCALATE = "ESCALATE"
    PASS = "PASS"
    REJECT = "REJECT"


class Approver(Body):
    """审批人 / Who approves: the manager `levels` up (with `through` all up to there), the head of a unit, and so on.

    `unit` is a unit's code: its head, or the holders of a role within it; without one, the applicant's unit, `levels` up.
    The head of a unit is who leads people of it and has no manager within it. `field` names a field with an employee number,
    `formula` gives one; several are separated by commas.
    """

    by: By
    levels: Annotated[int, Field(ge=0, le=10)] = 1
    through: bool = False
    unit: Annotated[str, Field(max_length=40)] = ""
    role: Annotated[str, Field(max_length=80)] = ""
    number: Annotated[str, Field(max_length=40)] = ""
    field: Annotated[str, Field(max_length=80)] = ""
    formula: Condition = ""


Approvers = Annotated[tuple[Approver, ...], Field(max_length=10)]


class Line(Body):
    """审批线 / Approvers who decide together; all lines of a step run at once and each must pass."""

    name: Annotated[str, Field(max_length=80)] = ""
    approvers: Annotated[tuple[Approver, ...], Field(min_length=1, max_length=10)]
    mode: Mode = Mode.ALL
    ratio: Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)] | None = None
    own: OwnRule = OwnRule.MANAGER
    substitutes: Approvers = ()
    vacancy: Vacancy | None = None


class Branch(Body):
    """分支 / Where to go on when the condition holds; an empty condition always does."""

    when: Condition = ""
    to: Annotated[str, Field(max_length=40)]


class Step(Body):
    """步骤 / A step; skipped unless its condition holds, followed by the next one unless branches say otherwise."""

    key: Key
    name: Name
    when: Condition = ""
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=6)]
    next: Annotated[tuple[Branch, ...], Field(max_length=10)] = ()
    term: Term | None = None
    on_timeout: OnTimeout = OnTimeout.REMIND


class FlowField(Body):
    """字段 / A field of the request that conditions may use."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    type: Type = Type.NUMBER


class Flow(Body):
    """A flow of approval: its steps in order, and the term for the whole, after which open tasks go a level up, once."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=40)]
    fields: Annotated[tuple[FlowField, ...], Field(max_length=60)] = ()
    term: Term | None = None

    def step(self, key: str) -> Step:
        """Return a step by its key."""
        return next(step for step in self.steps if step.key == key)

    def following(self, step: Step) -> str:
        """Return the key of the step that stands next, or END."""
        place = self.steps.index(step) + 1
        return self.steps[place].key if place < len(self.steps) else END

    @property
    def names(self) -> dict[str, Type]:
        """Return the type of each field."""
        return {field.name: field.type for field in self.fields}
