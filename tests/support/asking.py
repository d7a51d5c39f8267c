"""Asking the engine as somebody, in place of an HTTP request."""

from collections.abc import Awaitable, Callable
from typing import Any

Ask = Callable[..., Awaitable[Any]]
"""Takes an actor, a document and its variables; returns the one root field's answer."""
