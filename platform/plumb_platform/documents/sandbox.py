"""The one module that knows Jinja for documents: a sandbox over plain data, loaded with the first text that is filled in."""

from typing import Any

from jinja2 import DictLoader, PackageLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["DictLoader", "PackageLoader", "PlainSandbox", "SecurityError", "TemplateError", "TemplateSyntaxError"]

# fmt: off
SAFE_FILTERS = frozenset({
    "abs", "batch", "capitalize", "count", "default", "d", "dictsort", "e", "escape", "first", "float", "int",
    "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace",
    "reverse", "round", "select", "selectattr", "sort", "string", "sum", "title", "trim", "unique", "upper",
    "wordcount",
})
# fmt: on


class PlainSandbox(ImmutableSandboxedEnvironment):
    """Only fields of plain data, our short list of filters, no calls of methods, no `|safe`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, **options)
        self.filters = {name: call for name, call in self.filters.items() if name in SAFE_FILTERS}
        self.globals = {}

    def is_safe_callable(self, obj: object) -> bool:
        """Return False for all but macros: a method of a value can do work that no limit of Jinja bounds."""
        return type(obj).__name__ == "Macro"
