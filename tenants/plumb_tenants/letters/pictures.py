"""The pictures that a letter prints, by the names that its page gives them: those of its template."""

from plumb_platform.actor import Actor
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.letters.definition import KIND, LetterBody
from plumb_tenants.letters.models import Letter

PNG = "image/png"
Pictures = dict[str, tuple[bytes, str]]


async def letter_pictures(actor: Actor, letter: Letter) -> Pictures:
    """Return the pictures of a letter's own template version, whatever became of the template since."""
    if not letter.content.get("logo") and not letter.content.get("seal_image"):
        return {}
    return body_pictures((await pinned_version(actor, letter.definition_version_id, kind=KIND)).body)


def body_pictures(body: LetterBody) -> Pictures:
    """Return the pictures of a template."""
    return {name: (content, PNG) for name, content in body.pictures().items()}
