"""The pictures that a letter prints, by the names that its page gives them: its template's, and its signatures."""

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.letters.definition import KIND, LetterBody
from plumb_tenants.letters.models import Letter

PNG = "image/png"
Pictures = dict[str, tuple[bytes, str]]


async def letter_pictures(actor: Actor, letter: Letter) -> Pictures:
    """Return the pictures of a letter: of its own template version, whatever became of that since, and of those who signed."""
    drawn = await fetch("select role, image from letter_signature where letter_id = $1 and image is not null", letter.id)
    pictures = {image_name(row["role"]): (bytes(row["image"]), PNG) for row in drawn}
    if letter.content.get("logo") or letter.content.get("seal_image"):
        pictures |= body_pictures((await pinned_version(actor, letter.definition_version_id, kind=KIND)).body)
    return pictures


def body_pictures(body: LetterBody) -> Pictures:
    """Return the pictures of a template."""
    return {name: (content, PNG) for name, content in body.pictures().items()}


def image_name(role: str) -> str:
    """Return the name by which a page shows somebody's signature."""
    return f"signature_{role}"
