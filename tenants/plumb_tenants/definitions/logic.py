"""Logic: the fields of a body that compute or decide, and whether an edit changed one of them (C22)."""

from collections.abc import Iterator

from pydantic import BaseModel

from plumb_platform.errors import Forbidden
from plumb_tenants.definitions.difference import ItemKey, Step, written_path
from plumb_tenants.definitions.kinds import Body, Logic


class LogicNotAllowed(Forbidden):
    """Maintaining a definition is one skill, editing its formulas another."""

    code = "LOGIC_NOT_ALLOWED"
    zh = "“{path}”是公式，修改公式需要 {permission} 权限。"
    en = "{path} is a formula; changing formulas needs the permission {permission}."


def changed_logic(old: Body | None, new: Body) -> str | None:
    """Return the path of the first formula that an edit adds, changes or removes; None when it leaves all as they are."""
    before, after = (dict(_logic((), body)) if body else {} for body in (old, new))
    changed = [steps for steps in {**after, **before} if before.get(steps) != after.get(steps)]
    return written_path(changed[0]) if changed else None


def _logic(steps: tuple[Step, ...], model: BaseModel) -> Iterator[tuple[tuple[Step, ...], object]]:
    """Yield the formulas that differ from their default, each with its place; items with a key go by it."""
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if any(isinstance(mark, Logic) for mark in info.metadata):
            if value != info.default:
                yield (*steps, name), value
        elif isinstance(value, BaseModel):
            yield from _logic((*steps, name), value)
        elif isinstance(value, tuple | list):
            for place, item in enumerate(value):
                if isinstance(item, BaseModel):
                    key = getattr(item, "key", None)
                    yield from _logic((*steps, name, ItemKey(key) if isinstance(key, str) else place), item)
