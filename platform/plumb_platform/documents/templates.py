"""Filling in templates of documents with plain data: our letters' and a company's own texts, in the sandbox beside this."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from plumb_platform.errors import InvalidInput

if TYPE_CHECKING:
    from plumb_platform.documents.sandbox import PlainSandbox

LETTERS = ("plumb_templates", "letters")
SOURCE_LIMIT = 100_000


class TemplateBroken(InvalidInput):
    """The template has a syntax error or names a field that the data does not have."""

    code = "TEMPLATE_BROKEN"
    zh = "模板无法填写：{reason}"
    en = "The template cannot be filled: {reason}"


class TemplateRefused(InvalidInput):
    """The template reaches for something outside its data."""

    code = "TEMPLATE_REFUSED"
    zh = "模板使用了不允许的写法：{reason}"
    en = "The template does something that is not allowed: {reason}"


def fill(source: str, data: Mapping[str, Any]) -> str:
    """Return `source` filled with plain `data` (str, int, bool, None, lists, dicts), markup escaped.

    A company's own template can still ask for much time or memory (`'a' * 10**9`): run it through
    `Renderer.fill_template`, which calls this in the limited child process.
    """
    from plumb_platform.documents.sandbox import DictLoader, PlainSandbox, SecurityError

    if len(source) > SOURCE_LIMIT:
        raise SecurityError(f"longer than {SOURCE_LIMIT} characters")
    return PlainSandbox(loader=DictLoader({})).from_string(source).render(data)


def check_template(source: str) -> None:
    """Raise `TemplateBroken` with the line when `source` is no template; nothing of it runs."""
    from plumb_platform.documents.sandbox import PlainSandbox, TemplateSyntaxError

    try:
        PlainSandbox().parse(source)
    except TemplateSyntaxError as problem:
        raise TemplateBroken(field="source", reason=f"{problem.message} (line {problem.lineno})") from problem


@lru_cache(maxsize=1)
def _shipped() -> "PlainSandbox":
    from plumb_platform.documents.sandbox import PackageLoader, PlainSandbox

    return PlainSandbox(loader=PackageLoader(*LETTERS))


def render_shipped(name: str, data: Mapping[str, Any]) -> str:
    """Return the letter template `name` that comes with the product, filled with plain `data`."""
    from plumb_platform.documents.sandbox import TemplateError

    try:
        return _shipped().get_template(name).render(data)
    except TemplateError as problem:
        raise TemplateBroken(field="data", reason=str(problem)) from problem


def trusted_markup(html: str) -> Any:
    """Return markup that a shipped template prints as it is: what `fill` made of a company's own template."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - filled with escaped values, rendered behind a closed fetcher


@lru_cache(maxsize=16)
def shipped_text(name: str) -> str:
    """Return a file beside the shipped letters, such as their style sheet."""
    package, folder = LETTERS
    return files(package).joinpath(folder, name).read_text(encoding="utf-8")
