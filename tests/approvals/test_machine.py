"""The machine of an approval: every mode and act, the model check, and that nothing gets stuck (A15, A16, N11)."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from plumb_tenants.approvals.body import END, Approver, Branch, By, Flow, Line, Step, Vacancy
from plumb_tenants.approvals.checking import check_flow
from plumb_tenants.approvals.machine import Run, Task
from plumb_tenants.approvals.states import LIVE, ActKind, ApprovalState, Mode, TaskState
from plumb_tenants.formulas.service import Value

People = Mapping[str, Sequence[Sequence[UUID]]]
SPACE = UUID(int=7)
PEOPLE = [uuid5(SPACE, str(number)) for number in range(6)]
A, B, C, D = PEOPLE[:4]
ANYBODY = (Approver(by=By.ROLE, role="any"),)
YES, NO = ActKind.APPROVE, ActKind.REJECT


def line(mode: Mode = Mode.ALL, ratio: str | None = None, vacancy: Vacancy = Vacancy.PASS) -> Line:
    return Line(approvers=ANYBODY, mode=mode, ratio=Decimal(ratio) if ratio else None, vacancy=vacancy)


def step(key: str, *lines: Line, **options: Any) -> Step:
    return Step(key=key, name=key, lines=lines or (line(),), **options)


class Play:
    """An approval whose lines have the people that the test says."""

    def __init__(
        self, flow: Flow, people: Mapping[str, Sequence[Sequence[UUID]]], fields: dict[str, Value] | None = None
    ) -> None:
        self.run = Run(flow=flow, fields=fields or {})
        self.people = people
        asyncio.run(self.run.enter(flow.steps[0].key, self.resolve))

    async def resolve(self, asked: Step) -> Sequence[Sequence[UUID]]:
        return self.people.get(asked.key, [[A]] * len(asked.lines))

    def task(self, person: UUID) -> Task:
        return next(task for task in self.run.open_tasks() if task.assignee == person)

    def vote(self, person: UUID, kind: ActKind = YES) -> ApprovalState:
        asyncio.run(self.run.vote(self.task(person), kind, self.resolve))
        return self.run.state

    def send_back(self, person: UUID, to: str | None) -> None:
        asyncio.run(self.run.send_back(self.task(person), to, self.resolve))

    @property
    def asked(self) -> list[UUID]:
        return [task.assignee for task in self.run.open_tasks()]

    @property
    def states(self) -> list[str]:
        return [task.state.value for task in self.run.tasks]


def play(mode: Mode, *people: UUID, ratio: str | None = None) -> Play:
    return Play(Flow(steps=(step("a", line(mode, ratio)),)), {"a": [list(people)]})


def test_all_must_agree_and_one_refusal_ends_it_and_cancels_the_rest() -> None:
    one = play(Mode.ALL, A, B, C)
    assert (one.asked, one.vote(A), one.vote(B), one.vote(C)) == ([A, B, C], "RUNNING", "RUNNING", "APPROVED")
    other = play(Mode.ALL, A, B, C)
    assert (other.vote(B, NO), other.states) == ("REJECTED", ["CANCELLED", "REJECTED", "CANCELLED"])


def test_the_first_word_of_any_decides_either_way() -> None:
    assert [play(Mode.ANY, A, B).vote(B, kind) for kind in (YES, NO)] == ["APPROVED", "REJECTED"]


def test_a_ratio_of_60_percent_of_five_needs_three_and_fails_when_three_refuse() -> None:
    one = play(Mode.RATIO, *PEOPLE[:5], ratio="60")
    assert [one.vote(person, kind) for person, kind in ((A, NO), (B, YES), (C, NO), (D, YES), (PEOPLE[4], YES))][-2:] == [
        *("RUNNING", "APPROVED")
    ]
    other = play(Mode.RATIO, *PEOPLE[:5], ratio="60")
    assert [other.vote(person, NO) for person in (A, B, C)] == ["RUNNING", "RUNNING", "REJECTED"]


def test_a_sequence_asks_one_after_another() -> None:
    one = play(Mode.SEQUENCE, A, B)
    assert (one.asked, one.vote(A), one.asked, one.vote(B)) == ([A], "RUNNING", [B], "APPROVED")
    assert play(Mode.SEQUENCE, A, B).vote(A, NO) == "REJECTED"


def test_both_lines_are_asked_at_once_and_one_refusal_cancels_the_other() -> None:
    flow = Flow(steps=(step("dual", line(), line()),))
    both = Play(flow, {"dual": [[A], [B]]})
    assert (both.asked, both.vote(B), both.vote(A)) == ([A, B], "RUNNING", "APPROVED")
    one = Play(flow, {"dual": [[A], [B]]})
    assert (one.vote(B, NO), one.states) == ("REJECTED", ["CANCELLED", "REJECTED"])


def test_a_signer_who_was_added_must_agree_whatever_the_mode() -> None:
    one = play(Mode.ANY, A, B)
    one.run.add_signer(one.task(A), C)
    assert (one.vote(A), one.vote(C)) == ("RUNNING", "APPROVED")
    other = play(Mode.ANY, A, B)
    other.run.add_signer(other.task(A), C)
    assert other.vote(C, NO) == "REJECTED"


def test_a_task_that_is_given_away_is_done_by_the_other() -> None:
    one = play(Mode.SEQUENCE, A, B)
    one.run.hand_on(one.task(A), C, ActKind.TRANSFER)
    assert (one.asked, one.states[0], one.vote(C), one.asked) == ([C], "TRANSFERRED", "RUNNING", [B])


def test_returning_to_any_step_cancels_open_siblings_and_asks_anew() -> None:
    flow = Flow(steps=(step("a"), step("b"), step("c", line(), line())))
    one = Play(flow, {"a": [[A]], "b": [[B]], "c": [[C], [D]]})
    one.vote(A)
    one.vote(B)
    one.send_back(C, "a")
    assert (one.run.step, one.asked, one.states[2:]) == ("a", [A], ["CANCELLED", "CANCELLED", "OPEN"])
    assert one.run.visited == ["a"]
    assert [one.vote(person) for person in (A, B, C, D)][-1] == "APPROVED"


def test_a_word_is_taken_back_only_while_nothing_has_followed() -> None:
    one = play(Mode.ALL, A, B)
    voted = one.task(A)
    one.vote(A)
    assert (one.run.undo(voted), one.asked, one.run.acts[-1].kind) == (True, [A, B], "UNDO")
    row = play(Mode.SEQUENCE, A, B, C)
    first = row.task(A)
    row.vote(A)
    assert (row.run.undo(first), row.asked) == (True, [A])
    row.vote(A)
    row.vote(B)
    assert row.run.undo(first) is False


def test_a_step_is_skipped_and_a_branch_taken_by_the_fields() -> None:
    flow = Flow.model_validate(
        {
            "fields": [{"name": "金额"}],
            "steps": [
                {
                    "key": "a",
                    "name": "a",
                    "lines": [line().model_dump()],
                    "next": [{"when": "金额 > 100", "to": "c"}, {"to": "b"}],
                },
                {"key": "b", "name": "b", "lines": [line().model_dump()], "when": "金额 > 50", "next": [{"to": END}]},
                {"key": "c", "name": "c", "lines": [line().model_dump()]},
            ],
        }
    )
    for amount, visited, acts in ((101, ["a", "c"], []), (60, ["a", "b"], []), (50, ["a"], ["SKIP"])):
        one = Play(flow, {}, {"金额": Decimal(amount)})
        while one.run.state is ApprovalState.RUNNING:
            one.vote(A)
        skips = [act.kind.value for act in one.run.acts if act.kind is ActKind.SKIP]
        assert (one.run.visited, skips, one.run.state) == (visited, acts, "APPROVED")


def test_a_line_without_anybody_goes_by_its_vacancy_rule() -> None:
    for rule, state in ((Vacancy.PASS, "APPROVED"), (Vacancy.REJECT, "REJECTED")):
        one = Play(Flow(steps=(step("a", line(vacancy=rule)),)), {"a": [[]]})
        assert (one.run.state, one.run.acts[0].kind) == (state, f"VACANT_{rule.value}")


@pytest.mark.parametrize(
    ("nexts", "code", "said"),
    [
        ({"a": [("x", "b")]}, "FLOW_DEAD_END", "a"),
        ({"b": [("", "a")]}, "FLOW_CIRCLES", "a → b → a"),
        ({"a": [("x", "c"), ("", "b")], "b": [("x", "c"), ("", "a")]}, "FLOW_CIRCLES", "a → b → a"),
        ({"c": [("x", "a"), ("", END)]}, "FLOW_CIRCLES", "a → b → c → a"),
        ({"a": [("", "c")]}, "FLOW_STEP_UNREACHABLE", "b"),
        ({"a": [("", "z")]}, "FLOW_STEP_UNKNOWN", "z"),
    ],
)
def test_a_flow_that_can_get_stuck_is_refused_with_its_path(
    nexts: dict[str, list[tuple[str, str]]], code: str, said: str
) -> None:
    steps = [step(key, next=tuple(Branch(when=when, to=to) for when, to in nexts.get(key, ()))) for key in "abc"]
    found = check_flow(Flow(steps=tuple(steps))).faults
    assert code in {fault.code for fault in found}
    assert any(said in fault.text("en") for fault in found if fault.code == code)


def test_a_way_back_that_the_same_condition_excludes_is_no_circle() -> None:
    nexts = {"a": (Branch(when="x", to="c"), Branch(to="b")), "b": (Branch(when="x", to="a"), Branch(to="c"))}
    assert check_flow(Flow(steps=tuple(step(key, next=nexts.get(key, ())) for key in "abc"))).faults == []


CONDITIONS = ["", "x > 1", "x > 2", "x > 3"]
keys = st.sampled_from(["a", "b", "c", "d", END])


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Draw flows, sound or not, over four steps with up to three lines."""
    made = []
    for key in "abcd"[: draw(st.integers(1, 4))]:
        modes = draw(st.lists(st.sampled_from(list(Mode)), min_size=1, max_size=3))
        lines = [line(mode, "60" if mode is Mode.RATIO else None, draw(st.sampled_from(list(Vacancy)))) for mode in modes]
        branches = draw(st.lists(st.builds(Branch, when=st.sampled_from(CONDITIONS), to=keys), max_size=2))
        last = [Branch(to=draw(keys))] if branches else []
        made.append(step(key, *lines, when=draw(st.sampled_from(CONDITIONS)), next=(*branches, *last)))
    return Flow.model_validate({"fields": [{"name": "x"}], "steps": [each.model_dump() for each in made]})


def act_at_random(one: Play, data: st.DataObject) -> None:
    """Do something that the product would let somebody do."""
    run = one.run
    task = data.draw(st.sampled_from(run.open_tasks()))
    kind = data.draw(st.sampled_from(["yes", "yes", "no", "add", "transfer", "escalate", "rule", "back", "undo", "start"]))
    other = data.draw(st.sampled_from([person for person in PEOPLE if person != task.assignee]))
    done = [each for each in run.tasks if each.round == run.round and each.state in (TaskState.APPROVED, TaskState.REJECTED)]
    if kind in ("yes", "no"):
        asyncio.run(run.vote(task, YES if kind == "yes" else NO, one.resolve))
    elif kind == "add":
        run.add_signer(task, other)
    elif kind in ("transfer", "escalate"):
        run.hand_on(task, other, ActKind(kind.upper()))
    elif kind == "rule":
        kinds = (ActKind.TIMED_PASS, ActKind.TIMED_REJECT)
        asyncio.run(run.decide_by_rule(task, data.draw(st.sampled_from(list(Vacancy))), kinds, one.resolve))
    elif kind == "back":
        asyncio.run(run.send_back(task, data.draw(st.sampled_from([*run.visited, None])), one.resolve))
    elif kind == "undo" and done:
        run.undo(data.draw(st.sampled_from(done)))


@given(flows(), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_no_approval_gets_stuck_whatever_the_flow_and_the_acts(flow: Flow, data: st.DataObject) -> None:
    assume({fault.code for fault in check_flow(flow).faults} <= {"FLOW_STEP_UNREACHABLE"})
    groups = st.lists(st.lists(st.sampled_from(PEOPLE), max_size=4), min_size=3, max_size=3)
    people = {each.key: data.draw(groups)[: len(each.lines)] for each in flow.steps}
    one = Play(flow, people, {"x": Decimal(data.draw(st.integers(0, 4)))})
    for _ in range(data.draw(st.integers(0, 12))):
        if one.run.state is not ApprovalState.RUNNING:
            break
        assert one.run.open_tasks(), "somebody is asked as long as it runs"
        act_at_random(one, data)
    if one.run.state is ApprovalState.RETURNED:
        one.run.state = ApprovalState.RUNNING
        asyncio.run(one.run.enter(flow.steps[0].key, one.resolve))
    rounds = 0
    while one.run.state is ApprovalState.RUNNING:
        asyncio.run(one.run.vote(one.run.open_tasks()[0], YES, one.resolve))
        rounds += 1
        assert rounds < 200
    assert one.run.state in (ApprovalState.APPROVED, ApprovalState.REJECTED)
    assert not [task for task in one.run.tasks if task.state in LIVE]
