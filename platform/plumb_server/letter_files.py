"""Files beside letters over plain HTTP: previews of templates, for whoever asked for them."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_platform.errors import DomainError, NotFound, Unauthenticated
from plumb_platform.storage import Storage
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.incoming import locale_of
from plumb_server.letters import caller_of
from plumb_tenants.letters.service import trial_file

File = tuple[bytes, str]
"""Content and name."""
Find = Callable[[Request, Actor, Storage], Awaitable[File]]
STATUS: dict[type[DomainError], int] = {Unauthenticated: 401, NotFound: 404}
TYPES = {"pdf": "application/pdf", "png": "image/png"}


def letter_file_routes() -> list[BaseRoute]:
    """Return the routes of files beside letters."""
    return [
        Route("/letters/trials/{trial_id}/preview.pdf", _answered(_preview), methods=["GET"]),
        Route("/letters/trials/{trial_id}/{page:int}.png", _answered(_preview), methods=["GET"]),
    ]


async def _preview(request: Request, actor: Actor, storage: Storage) -> File:
    trial_id = decode_id(request.path_params["trial_id"], "LetterTrial", field="trialId")
    return await trial_file(actor, trial_id, storage, page=request.path_params.get("page"))


def _answered(find: Find) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        resources: Resources = request.state.resources
        try:
            actor = await caller_of(request, resources)
            async with resources.transaction(actor):
                content, name = await find(request, actor, resources.storage)
        except DomainError as error:
            entry = {"message": error.text(locale_of(request.headers)), "extensions": {"code": error.code}}
            return JSONResponse({"errors": [entry]}, STATUS.get(type(error), 403))
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return Response(content, headers=headers, media_type=TYPES[name.rpartition(".")[2]])

    return answer
