"""Expected refusals: domain errors with a stable code and a text in zh-CN and en.

    DomainError
    ├── InvalidInput      the value is wrong; `field` names it
    ├── NotFound          not there, or not yours: one answer for both
    ├── Conflict          somebody was faster; carries the current version
    ├── Refused           a rule of the business forbids it now
    ├── Forbidden         the caller's role has no grant for it
    ├── Unauthenticated   nobody is signed in
    ├── RateLimited       too often; carries the seconds to wait
    └── Unavailable       what the house stands on is away; the same may be asked again

Each concrete error is a subclass with its own `code`, declared in the module that raises it. One whose text names a value of a
row says of which (`tells`), and names it to those alone who may see that field of that row: until somebody has asked for them
(`plumb_tenants.access.telling`), the text says that it is hidden.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from plumb_platform.telling import Locale, Rows, Telling

__all__ = ["Locale"]

REGISTRY: dict[str, type["DomainError"]] = {}


class DomainError(Telling, Exception):
    """An expected refusal that becomes a `Problem` in the API; nothing was changed."""

    code: ClassVar[str] = ""

    def __init_subclass__(cls, *, tells: Mapping[str, str] | None = None, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if tells is not None:
            cls.tells = tells
        code = cls.__dict__.get("code")
        if not code:
            return
        known = REGISTRY.setdefault(code, cls)
        if known.__qualname__ != cls.__qualname__ or known.__module__ != cls.__module__:
            raise TypeError(f"error code {code} is declared twice: {known!r} and {cls!r}")

    def __init__(self, *, field: str | None = None, row: Any = None, **values: object) -> None:
        self.field = field
        self.say(row, values)
        Exception.__init__(self, self.text("en"))


def fields_told() -> tuple[str, ...]:
    """Return the fields that refusals tell of, as matrices name them (`Goal.title`)."""
    said = " ".join(words for error in REGISTRY.values() for words in error.tells.values())
    return tuple(sorted(set(said.replace("|", " ").split())))


@contextmanager
def of_row(row: Rows) -> Iterator[None]:
    """Say of which row the words of a refusal are that pure rules raise."""
    try:
        yield
    except DomainError as error:
        error.name_rows(row)
        raise


class InvalidInput(DomainError):
    """The input is wrong; `field` is its path in the input (`rows[3].grade`)."""

    code = "INVALID_INPUT"
    zh = "{reason}"
    en = "{reason}"


class NotFound(DomainError):
    """The object is not there, or the caller may not see it."""

    code = "NOT_FOUND"
    zh = "找不到该对象，或您无权查看。"
    en = "The object does not exist, or you may not see it."


class Conflict(DomainError):
    """The object was changed meanwhile; `current_version` is what stands now."""

    code = "CONFLICT"
    zh = "数据已被他人修改，当前版本为 {current_version}，请刷新后重试。"
    en = "Somebody changed this meanwhile; the current version is {current_version}. Reload and try again."

    def __init__(self, *, current_version: int, field: str | None = "version") -> None:
        self.current_version = current_version
        super().__init__(field=field, current_version=current_version)


class Refused(DomainError):
    """A rule of the business forbids the act in the present state."""


class Forbidden(DomainError):
    """The caller's roles carry no grant for the act."""

    code = "FORBIDDEN"
    zh = "您没有执行此操作的权限（{permission}），请联系公司管理员授权。"
    en = "You have no permission for this ({permission}); an administrator of your company can grant it."


class Unavailable(DomainError):
    """Something that the house stands on is away or full; an operator has to look, and the same may be asked again."""


class Unauthenticated(DomainError):
    """Nobody is signed in, or the credentials are no longer good."""

    code = "UNAUTHENTICATED"
    zh = "请先登录（login），或附上有效的令牌。"
    en = "Please sign in (login), or send a token that still holds."


class RateLimited(DomainError):
    """Too many attempts; `retry_after` is in whole seconds."""

    code = "RATE_LIMITED"
    zh = "尝试次数过多，请在 {retry_after} 秒后重试。"
    en = "Too many attempts; try again in {retry_after} seconds."

    def __init__(self, *, retry_after: int, field: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(field=field, retry_after=retry_after)
