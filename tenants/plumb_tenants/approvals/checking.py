"""The model check of a flow: every way through it is walked, and each must reach an end (N11).

A condition is a word that is true or false for a whole request, the same text the same word. A walk assigns words as it
meets them; it is stuck where no branch is left, and goes round for ever when it meets a step again, because the request's
fields do not change on the way. Nothing beyond that is guessed: conditions that contradict each other are walked as well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from plumb_platform.errors import InvalidInput
from plumb_tenants.approvals.body import END, Flow, Step

MOST_STATES = 20_000
Words = Mapping[str, bool]


class FlowDeadEnd(InvalidInput):
    """Whatever the fields of a request hold, some branch is taken."""

    code = "FLOW_DEAD_END"
    zh = "流程会卡住：{path} 之后没有可走的分支；请添加无条件的最后分支。"
    en = "The flow gets stuck: after {path} no branch need hold; add a last branch without a condition."


class FlowCircles(InvalidInput):
    """No request comes back to a step by itself: it would never end."""

    code = "FLOW_CIRCLES"
    zh = "流程会无限循环：{path}。"
    en = "The flow can go round for ever: {path}."


class FlowStepUnreachable(InvalidInput):
    """A step that no request can reach was meant to be reached."""

    code = "FLOW_STEP_UNREACHABLE"
    zh = "步骤“{step}”无法到达：从“{start}”出发没有任何分支通向它。"
    en = "The step {step} cannot be reached: no way from {start} leads to it."


class FlowStepUnknown(InvalidInput):
    """A branch leads to a step of the flow or to the END."""

    code = "FLOW_STEP_UNKNOWN"
    zh = "分支指向不存在的步骤“{to}”，可用步骤：{known}。"
    en = "The branch leads to {to}, which is no step; the steps are {known}."


class FlowTooComplex(InvalidInput):
    """A flow is one that can be walked in full."""

    code = "FLOW_TOO_COMPLEX"
    zh = "流程的条件组合超过 {most} 种，无法完整检查，请简化分支。"
    en = "The conditions of the flow have more than {most} combinations and cannot be checked in full; use fewer branches."


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk through a flow: the keys of its steps so far and the words assigned."""

    path: tuple[str, ...]
    words: frozenset[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check found: the faults, and for each step that can be reached the keys on a way to it."""

    faults: list[InvalidInput]
    ways: dict[str, tuple[str, ...]]


def check_flow(flow: Flow) -> Checked:
    """Return what is wrong with the ways through a flow, and a way to each step."""
    unknown = list(_unknown_steps(flow))
    if unknown:
        return Checked(unknown, {})
    ways: dict[str, tuple[str, ...]] = {}
    faults: dict[str, InvalidInput] = {}
    seen: set[tuple[str, frozenset[tuple[str, bool]]]] = set()
    waiting = [Walk((flow.steps[0].key,), frozenset())]
    while waiting:
        walk = waiting.pop()
        key = walk.path[-1]
        if (key, walk.words) in seen:
            continue
        seen.add((key, walk.words))
        if len(seen) > MOST_STATES:
            return Checked([FlowTooComplex(field="steps", most=MOST_STATES)], ways)
        ways.setdefault(key, walk.path)
        for to, words in _ways_on(flow, flow.step(key), walk.words):
            path = (*walk.path, to) if to else walk.path
            place = f"steps[{flow.steps.index(flow.step(key))}].next"
            if to is None:
                faults.setdefault(f"{place} stuck", FlowDeadEnd(field=place, path=written(flow, path)))
            elif to in walk.path:
                faults.setdefault(f"{place} round", FlowCircles(field=place, path=written(flow, path)))
            elif to != END:
                waiting.append(Walk(path, words))
    return Checked([*faults.values(), *_unreached(flow, ways)], ways)


def written(flow: Flow, path: tuple[str, ...]) -> str:
    """Return a path as people read it."""
    return " → ".join(flow.step(key).name if key != END else key for key in path)


def _ways_on(
    flow: Flow, step: Step, words: frozenset[tuple[str, bool]]
) -> Iterator[tuple[str | None, frozenset[tuple[str, bool]]]]:
    """Yield where a step may lead under the words assigned, None where no branch is left."""
    if not step.next:
        yield flow.following(step), words
        return
    for branch in step.next:
        when = branch.when.strip()
        if not when or (when, True) in words:
            yield branch.to, words
            return
        if (when, False) not in words:
            yield branch.to, words | {(when, True)}
            words |= {(when, False)}
    yield None, words


def _unknown_steps(flow: Flow) -> Iterator[InvalidInput]:
    keys = [step.key for step in flow.steps]
    for place, step in enumerate(flow.steps):
        for number, branch in enumerate(step.next):
            if branch.to not in (*keys, END):
                known = ", ".join(chain(keys, [END]))
                yield FlowStepUnknown(field=f"steps[{place}].next[{number}].to", to=branch.to, known=known)


def _unreached(flow: Flow, ways: Mapping[str, tuple[str, ...]]) -> Iterator[InvalidInput]:
    for place, step in enumerate(flow.steps):
        if step.key not in ways:
            yield FlowStepUnreachable(field=f"steps[{place}]", step=step.name, start=flow.steps[0].name)
