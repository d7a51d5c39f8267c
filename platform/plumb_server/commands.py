"""What the commands of `plumb` have in common: the database opened, and refusals told in both languages."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import typer

from plumb_platform.errors import DomainError
from plumb_platform.settings import Settings

if TYPE_CHECKING:  # loading the database takes as long as all else of a command that needs none
    from plumb_platform.database.bounds import Door

T = TypeVar("T")


@contextmanager
def refusals_told() -> Iterator[None]:
    """Tell a refusal in both languages and end with 1."""
    try:
        yield
    except DomainError as problem:
        typer.echo(f"{typer.style(problem.code, fg='red')} {problem.text('zh-CN')} / {problem.text('en')}")
        raise typer.Exit(1) from None


async def opened(settings: Settings, work: Awaitable[T], *, door: "Door" = "change") -> T:
    """Do work with the database open; what takes long stands at the door of jobs."""
    from plumb_platform.database import Database
    from plumb_tenants.tables import MODELS

    async with Database(settings, models=MODELS, door=door):
        return await work
