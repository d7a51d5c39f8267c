"""Logic: the fields of a body that compute or decide, and whether an edit changed one of them (C22)."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from plumb_platform.errors import Forbidden
from plumb_platform.permissions import Permission
from plumb_tenants.definitions.as_written import path_written
from plumb_tenants.definitions.difference import ItemKey, Step, written_path
from plumb_tenants.definitions.kinds import Body, Logic


class LogicNotAllowed(Forbidden):
    """Maintaining a definition is one skill, editing its formulas another, editing its alert rules a third (C22)."""

    code = "LOGIC_NOT_ALLOWED"
    zh = "“{path}”是公式或预警规则，修改需要 {permission} 权限。"
    en = "{path} is a formula or an alert rule; changing it needs the permission {permission}."


@dataclass(frozen=True, slots=True)
class ChangedLogic:
    """A formula or alert rule that an edit adds, changes or removes, and what its editor must hold."""

    path: str
    permission: Permission


def changed_logic(old: Body | None, new: Body) -> list[ChangedLogic]:
    """Return the marked fields that an edit touches; empty when it leaves all as they are."""
    before, after = (dict(_logic((), body)) if body else {} for body in (old, new))
    every = {**after, **before}
    changed = [steps for steps in every if before.get(steps) != after.get(steps)]
    return [ChangedLogic(path_written(written_path(steps)), every[steps][0].permission) for steps in changed]


def _logic(steps: tuple[Step, ...], model: BaseModel) -> Iterator[tuple[tuple[Step, ...], tuple[Logic, object]]]:
    """Yield the marked values that differ from their default, each with its place; items with a key go by it."""
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        mark = next((mark for mark in info.metadata if isinstance(mark, Logic)), None)
        if mark is not None:
            if value != info.default:
                yield (*steps, name), (mark, value)
        elif isinstance(value, BaseModel):
            yield from _logic((*steps, name), value)
        elif isinstance(value, tuple | list):
            for place, item in enumerate(value):
                if isinstance(item, BaseModel):
                    key = getattr(item, "key", None)
                    yield from _logic((*steps, name, ItemKey(key) if isinstance(key, str) else place), item)
