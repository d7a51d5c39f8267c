"""Comparing an answer of the product with what the oracle expects; cursors by the row that they name."""

from typing import Any
from uuid import UUID

import orjson

from plumb_schema.ground.answers import Answer
from support.naive.execution import Expected
from support.naive.orders import cursor_bytes


def difference(answer: Answer, expected: Expected) -> str:
    """Return what differs, empty when nothing does."""
    body = answer.body
    data, wanted = placed(body.get("data")), placed(_plain(expected.data))
    if data != wanted:
        return f"data\n  product {data} {body.get('errors', '')}\n  oracle  {wanted}"
    errors = {tuple(error["path"]): error["extensions"]["code"] for error in body.get("errors", ())}
    if errors.keys() != expected.errors.keys() or any(code not in expected.errors[path] for path, code in errors.items()):
        return f"errors\n  product {body.get('errors')}\n  oracle  {expected.errors}"
    hidden = body.get("extensions", {}).get("hidden", [])
    if len(hidden) != len(set(hidden)) or not expected.hidden <= set(hidden) <= expected.may_hide:
        return f"hidden\n  product {hidden}\n  oracle  {sorted(expected.hidden)} up to {sorted(expected.may_hide)}"
    return ""


def placed(value: Any) -> Any:
    """Return an answer with each cursor as the id of the row that it names."""
    if isinstance(value, dict):
        return {name: placed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [placed(each) for each in value]
    return _row_named(value) if isinstance(value, str) else value


def _row_named(text: str) -> str:
    raw = cursor_bytes(text) if len(text) > 40 else None
    try:
        return f"cursor of {UUID(orjson.loads(raw[16:])[-1])}" if raw else text
    except (ValueError, TypeError, IndexError, KeyError, AttributeError):
        return text


def _plain(data: Any) -> Any:
    # Once through JSON, as the client gets it.
    return orjson.loads(orjson.dumps(data))
