"""What the commands of `plumb` have in common: the database opened for what they do."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from plumb_platform.settings import Settings

if TYPE_CHECKING:  # loading the database takes as long as all else of a command that needs none
    from plumb_platform.database.bounds import Door

T = TypeVar("T")


async def opened(settings: Settings, work: Coroutine[Any, Any, T], *, door: "Door" = "change") -> T:
    """Do work with the database open; what takes long stands at the door of jobs."""
    from plumb_platform.database import Database
    from plumb_tenants.tables import MODELS

    try:
        async with Database(settings, models=MODELS, door=door):
            return await work
    finally:
        work.close()  # where nothing was opened, it was never begun
