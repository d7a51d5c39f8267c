"""What the people of a letter did, as its paper prints it: by the names that stood when it was issued."""

import orjson

from plumb_platform.actor import Actor
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.pictures import image_name
from plumb_tenants.letters.printing import Signed
from plumb_tenants.letters.readers import signatures_of
from plumb_tenants.letters.rules import Party
from plumb_tenants.letters.signing_rules import SignatureForm

PICTURED = frozenset({SignatureForm.DRAWN, SignatureForm.UPLOADED})


async def acts_of(actor: Actor, letter: Letter) -> list[Signed]:
    """Return the acts of signing and approving, oldest first."""
    parties = orjson.loads(letter.canonical)["parties"]
    return [
        Signed(
            role=each.role,
            party=Party(**parties[each.role.value]),
            at=each.signed_at,
            label=each.label,
            act=each.act,
            proof=each.proof,
            image=image_name(each.role.value) if each.form in PICTURED else "",
        )
        for each in (await signatures_of(actor, [letter.id]))[letter.id]
    ]
