"""Files beside letters over plain HTTP: previews of templates for whoever asked for them, battle maps and audit pages."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from plumb_platform.actor import Actor
from plumb_schema.ground.ids import decode_id
from plumb_server.app import Resources
from plumb_server.downloads import answered, attachment
from plumb_tenants.letters.service import AnnexKind, annex_file, trial_file

TYPES = {"pdf": "application/pdf", "png": "image/png"}


def letter_file_routes() -> list[BaseRoute]:
    """Return the routes of files beside letters."""
    return [
        Route("/letters/trials/{trial_id}/preview.pdf", answered(_preview), methods=["GET"]),
        Route("/letters/trials/{trial_id}/{page:int}.png", answered(_preview), methods=["GET"]),
        Route("/letters/{letter_id}/battle-map.pdf", answered(partial(_annex, AnnexKind.BATTLE_MAP)), methods=["GET"]),
        Route("/letters/{letter_id}/audit.pdf", answered(partial(_annex, AnnexKind.AUDIT)), methods=["GET"]),
    ]


async def _preview(request: Request, actor: Actor, resources: Resources) -> Response:
    trial_id = decode_id(request.path_params["trial_id"], "LetterTrial", field="trialId")
    return _file(*await trial_file(actor, trial_id, resources.storage, page=request.path_params.get("page")))


async def _annex(kind: AnnexKind, request: Request, actor: Actor, resources: Resources) -> Response:
    letter_id = decode_id(request.path_params["letter_id"], "Letter", field="letterId")
    return _file(*await annex_file(actor, letter_id, kind, resources.storage))


def _file(content: bytes, name: str) -> Response:
    return attachment(content, name, TYPES[name.rpartition(".")[2]])
