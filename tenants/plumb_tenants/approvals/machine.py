"""The machine of an approval: rounds, tasks and verdicts, without any I/O but the asking for approvers (A15, A16).

An approval is in one step at a time. Entering a step opens a round: a task for each approver of each line. A line that has
decided closes the rest of its tasks; a rejected line ends the approval, lines that all passed lead to the next step. What
people and clocks do stands in `acts` in their order, and nothing in it is ever taken back.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from uuid import UUID

from plumb_platform.ids import uuid7
from plumb_tenants.approvals.body import END, Flow, Line, Step, Vacancy
from plumb_tenants.approvals.conditions import holds, successor
from plumb_tenants.approvals.states import GONE, LIVE, ActKind, ApprovalState, Mode, Origin, TaskState, Verdict
from plumb_tenants.formulas.service import Value

Resolve = Callable[[Step], Awaitable[Sequence[Sequence[UUID]]]]
"""Gives the approvers of each line of a step, in order; an empty line goes by its vacancy rule."""


@dataclass(slots=True, eq=False)
class Task:
    """One person's task in a round."""

    step: str
    round: int
    line: int
    place: int
    assignee: UUID
    state: TaskState
    origin: Origin = Origin.FLOW
    mandatory: bool = False
    """Whether the line passes only with this task, whatever its mode: a signer who was added (加签)."""
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done: by a clock or a rule unless the service says by whom."""

    kind: ActKind
    step: str | None = None
    task: Task | None = None
    target: UUID | None = None
    to_step: str | None = None


@dataclass(slots=True)
class Run:
    """An approval in motion; `tasks` are those of the present round and of what this transaction did before it."""

    flow: Flow
    fields: Mapping[str, Value]
    state: ApprovalState = ApprovalState.RUNNING
    step: str | None = None
    round: int = 0
    visited: list[str] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    @property
    def present(self) -> Step:
        """Return the step that the approval is in."""
        return self.flow.step(self.step or END)

    def is_in(self, round_number: int) -> bool:
        """Return whether the approval runs and is in that round."""
        return self.state is ApprovalState.RUNNING and self.round == round_number

    def line_of(self, task: Task) -> Line:
        """Return the line that a task of the present round belongs to."""
        return self.present.lines[task.line]

    def open_tasks(self) -> list[Task]:
        """Return the tasks that wait for their people."""
        return [task for task in self._round() if task.state is TaskState.OPEN]

    def verdicts(self) -> list[Verdict]:
        """Return what each line of the present step has decided."""
        return [verdict(line, self._of_line(place)) for place, line in enumerate(self.present.lines)]

    async def enter(self, key: str, resolve: Resolve) -> None:
        """Go to a step and on from there until somebody is asked or the end is reached."""
        while key != END:
            step = self.flow.step(key)
            if holds(self.flow, step.when, self.fields):
                self._open_round(step, await resolve(step))
                if self._settled() is not Verdict.PASSED:
                    return
            else:
                self.acts.append(Act(ActKind.SKIP, step=key))
            key = successor(self.flow, step, self.fields)
        self.step, self.state = None, ApprovalState.APPROVED

    async def vote(self, task: Task, kind: ActKind, resolve: Resolve) -> None:
        """Take an approver's word, APPROVE or REJECT."""
        task.state = TaskState.APPROVED if kind is ActKind.APPROVE else TaskState.REJECTED
        self.acts.append(Act(kind, self.step, task))
        await self.settle(resolve)

    def undo(self, task: Task) -> bool:
        """Take a word back while its line has not decided and nobody after it in a sequence has spoken."""
        line = self.line_of(task)
        later = [each for each in self._of_line(task.line) if each.place > task.place and each.state not in GONE]
        spoken = line.mode is Mode.SEQUENCE and any(each.state not in LIVE for each in later)
        if verdict(line, self._of_line(task.line)) is not Verdict.PENDING or spoken:
            return False
        if line.mode is Mode.SEQUENCE and not task.mandatory:
            for each in later:
                if not each.mandatory:
                    each.state = TaskState.WAITING
        task.state = TaskState.OPEN
        self.acts.append(Act(ActKind.UNDO, self.step, task))
        return True

    def add_signer(self, task: Task, person: UUID) -> None:
        """Ask one more person in the line of a task, who must agree whatever the line's mode."""
        self.acts.append(Act(ActKind.ADD_SIGNER, self.step, task, target=person))
        self._add(task.line, task.place, person, origin=Origin.ADDED, mandatory=True)

    def hand_on(self, task: Task, person: UUID, kind: ActKind) -> None:
        """Give a task to somebody else: TRANSFER by its assignee, ESCALATE by a clock."""
        moved, origin = {
            ActKind.TRANSFER: (TaskState.TRANSFERRED, Origin.TRANSFERRED),
            ActKind.ESCALATE: (TaskState.ESCALATED, Origin.ESCALATED),
        }[kind]
        self.acts.append(Act(kind, self.step, task, target=person))
        self._add(task.line, task.place, person, origin=origin, mandatory=task.mandatory, state=task.state)
        task.state = moved

    async def decide_by_rule(self, task: Task, rule: Vacancy, kinds: tuple[ActKind, ActKind], resolve: Resolve) -> None:
        """Let a rule speak for a task that nobody can or did decide; `kinds` are the acts of passing and of rejecting."""
        passes = rule is Vacancy.PASS
        task.state = TaskState.PASSED if passes else TaskState.REJECTED
        self.acts.append(Act(kinds[0] if passes else kinds[1], self.step, task))
        await self.settle(resolve)

    async def send_back(self, task: Task, to: str | None, resolve: Resolve) -> None:
        """Return to a step that was passed, or to the applicant; all other tasks of the round are cancelled (A16)."""
        self.acts.append(Act(ActKind.RETURN, self.step, task, to_step=to))
        self._cancel(self._round())
        if to is None:
            self.step, self.state = None, ApprovalState.RETURNED
        else:
            # What lay behind it has to be passed anew: nobody there jumps ahead by a "return" to where it once was.
            self.visited = self.visited[: self.visited.index(to)]
            await self.enter(to, resolve)

    def withdraw(self) -> None:
        """End the approval at its applicant's wish."""
        self.acts.append(Act(ActKind.WITHDRAW, self.step))
        self._cancel(self._round())
        self.step, self.state = None, ApprovalState.WITHDRAWN

    async def settle(self, resolve: Resolve) -> None:
        """Close what has been decided, and go on when the whole step has."""
        if self._settled() is Verdict.PASSED:
            await self.enter(successor(self.flow, self.present, self.fields), resolve)

    def _settled(self) -> Verdict:
        for place, found in enumerate(self.verdicts()):
            if found is not Verdict.PENDING:
                self._cancel(self._of_line(place))
            else:
                self._open_next(place)
        if Verdict.REJECTED in self.verdicts():
            self._cancel(self._round())
            self.step, self.state = None, ApprovalState.REJECTED
            return Verdict.REJECTED
        return Verdict.PENDING if Verdict.PENDING in self.verdicts() else Verdict.PASSED

    def _open_round(self, step: Step, approvers: Sequence[Sequence[UUID]]) -> None:
        self.step, self.round = step.key, self.round + 1
        self.visited += [step.key] if step.key not in self.visited else []
        for line, people in enumerate(approvers):
            for place, person in enumerate(dict.fromkeys(people)):
                self._add(line, place, person, state=TaskState.WAITING)
            if not people:
                rejects = step.lines[line].vacancy is Vacancy.REJECT
                self.acts.append(Act(ActKind.VACANT_REJECT if rejects else ActKind.VACANT_PASS, step.key))
        for line, each in enumerate(step.lines):
            if each.mode is not Mode.SEQUENCE:
                for task in self._of_line(line):
                    task.state = TaskState.OPEN if task.state is TaskState.WAITING else task.state

    def _open_next(self, line: int) -> None:
        """Open the next task of a sequence in which nobody is asked."""
        waiting = [task for task in self._of_line(line) if task.state is TaskState.WAITING]
        asked = [task for task in self._of_line(line) if task.state is TaskState.OPEN and not task.mandatory]
        if waiting and not asked:
            min(waiting, key=lambda task: task.place).state = TaskState.OPEN

    def _add(
        self,
        line: int,
        place: int,
        person: UUID,
        *,
        origin: Origin = Origin.FLOW,
        mandatory: bool = False,
        state: TaskState = TaskState.OPEN,
    ) -> None:
        step = self.present.key
        self.tasks.append(Task(step, self.round, line, place, person, state, origin=origin, mandatory=mandatory))

    def _round(self) -> list[Task]:
        return [task for task in self.tasks if task.round == self.round]

    def _of_line(self, line: int) -> list[Task]:
        return [task for task in self._round() if task.line == line]

    @staticmethod
    def _cancel(tasks: Sequence[Task]) -> None:
        for task in tasks:
            if task.state in LIVE:
                task.state = TaskState.CANCELLED


def verdict(line: Line, tasks: Sequence[Task]) -> Verdict:
    """Return what a line has decided: its mode over its approvers, and each signer who was added.

    A line without anybody goes by its vacancy rule. Where the first word decides, it stands whatever others say later.
    """
    counted = [task for task in tasks if task.state not in GONE]
    if not counted:
        return Verdict.REJECTED if line.vacancy is Vacancy.REJECT else Verdict.PASSED
    added = [task.state for task in counted if task.mandatory]
    if TaskState.REJECTED in added:
        return Verdict.REJECTED
    found = _by_mode(line, [task.state for task in counted if not task.mandatory])
    agreed = all(state in (TaskState.APPROVED, TaskState.PASSED) for state in added)
    return Verdict.PENDING if found is Verdict.PASSED and not agreed else found


def _by_mode(line: Line, states: Sequence[TaskState]) -> Verdict:
    yes = sum(state in (TaskState.APPROVED, TaskState.PASSED) for state in states)
    no = sum(state is TaskState.REJECTED for state in states)
    if line.mode is Mode.ANY:
        needed, possible = min(1, len(states)), 0 if no and not yes else len(states)
    elif line.mode is Mode.RATIO:
        needed = ceil((line.ratio or 100) * len(states) / 100)
        possible = len(states) - no
    else:
        needed, possible = len(states), len(states) - no
    if yes >= needed:
        return Verdict.PASSED
    return Verdict.REJECTED if possible < needed else Verdict.PENDING
