"""Revoking sealed letters, and the signed list by which others find out without asking the server (A27, N16)."""

from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch, take_lock
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.errors import Conflict, Refused
from plumb_platform.numbers.canonical import canonical_hash
from plumb_platform.permissions import Permission, require
from plumb_tenants.company.service import active_signing_key, get_company, stored_key
from plumb_tenants.letters.access import access_letter
from plumb_tenants.letters.chain import tell
from plumb_tenants.letters.closing import checked_reason, close_letter, concerned
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.rules import LetterState
from plumb_tenants.letters.signing import NO_PROOF, Proof, step_up
from plumb_tenants.letters.signing_rules import letter_rules

SCHEMA = "plumb.revocations/1"
COMPANIES_KEPT = 256


class RevokeNeedsSession(Refused):
    """A token, a job or a script answers for nothing."""

    code = "REVOKE_NEEDS_SESSION"
    zh = "作废责任书须由本人登录后操作，不能使用令牌或程序。"
    en = "A letter is revoked by a person signed in, not by a token or a program."


class RevokeOwnLetter(Refused, tells={"number": "Letter.number"}):
    """Nobody frees themselves of what they have signed."""

    code = "LETTER_REVOKE_OWN"
    zh = "责任书 {number} 的责任人是您本人，须由他人作废。"
    en = "The letter {number} binds yourself; somebody else has to revoke it."


class LetterNotRevocable(Refused, tells={"number": "Letter.number"}):
    """Only a sealed letter can be revoked; an open one is cancelled, and one that ended binds nobody any more."""

    code = "LETTER_NOT_REVOCABLE"
    zh = "责任书 {number} 当前状态为“{state}”，只有已签章的责任书可以作废。"
    en = "The letter {number} is {state}; only a sealed letter can be revoked."


class RevocationKeyMissing(Refused):
    """A list that nobody signed proves nothing."""

    code = "REVOCATION_KEY_MISSING"
    zh = "公司没有有效的签章密钥，无法签署作废清单。"
    en = "The company has no valid signing key, so no list of revoked letters can be signed."


async def revoke_letter(actor: Actor, *, letter_id: UUID, version: int, reason: str, proof: Proof = NO_PROOF) -> Letter:
    """Take back a sealed letter for good, with the reason and the proof that the company asks of who signs.

    The sealed file stays as it is; its goals wait for another letter. Everybody of its chain is told, and who issued it.
    """
    why = checked_reason(reason)
    await require(actor, Permission.LETTER_REVOKE)
    # One after the other, so that of two lists the one with more letters bears the later time.
    await take_lock("letter-revoke")
    letter = await access_letter(actor, letter_id, Permission.LETTER_REVOKE, lock=True)
    if actor.channel != "session":
        raise RevokeNeedsSession(field="letterId")
    if letter.version != version:
        raise Conflict(current_version=letter.version)
    if letter.state != LetterState.SEALED:
        raise LetterNotRevocable(field="letterId", row=letter.id, number=letter.number, state=LetterState(letter.state))
    if letter.employee_id == actor.person_id:
        raise RevokeOwnLetter(field="letterId", row=letter.id, number=letter.number)
    await step_up(actor, proof, await letter_rules(actor))
    await close_letter(actor, letter, LetterState.REVOKED, why)
    told = "责任书 {number} 已作废：{why}", "The letter {number} was revoked: {why}"
    people = await concerned(letter, besides=actor.person_id)
    await tell(actor, letter, people, "letter.revoked", said=told, why=why)
    return letter


@dataclass(slots=True)
class KeptLists:
    """The lists that a process signed last, by company: one is signed anew when it would say anything else."""

    _kept: "OrderedDict[UUID, tuple[str, bytes]]" = field(default_factory=OrderedDict)

    def find(self, tenant_id: UUID, stated: str) -> bytes | None:
        """Return a company's list if it states just this."""
        kept = self._kept.get(tenant_id)
        return kept[1] if kept is not None and kept[0] == stated else None

    def keep(self, tenant_id: UUID, stated: str, content: bytes) -> bytes:
        """Keep a company's list in the place of its last, and those of a bounded number of companies."""
        self._kept[tenant_id] = (stated, content)
        self._kept.move_to_end(tenant_id)
        while len(self._kept) > COMPANIES_KEPT:
            self._kept.popitem(last=False)
        return content


async def revocation_list(actor: Actor, *, vault: KeyVault, kept: KeptLists) -> bytes:
    """Return the company's signed list of revoked letters, canonical JSON as of anchors under a schema of its own.

    It is as of the full hour or of the last revocation, whichever is later, so that it is signed anew once an hour at most
    unless something is revoked, and says the same in every process.

    A letter is named by the SHA-256 of the goals that its file embeds, which all copies and later stamps of it share; neither
    names nor reasons are told. Raises REVOCATION_KEY_MISSING, KEY_LOCKED, TOKEN_UNAVAILABLE.
    """
    from plumb_platform.documents.anchors import make_anchor

    await require(actor, Permission.LETTER_READ)
    key = await active_signing_key(actor)
    if key is None:
        raise RevocationKeyMissing
    company = await get_company(actor)
    rows = await fetch("select canonical_sha256, closed_at from letter where state = 'REVOKED' order by canonical_sha256")
    hour = now().replace(minute=0, second=0, microsecond=0)
    said = {
        "schema": SCHEMA,
        "company": {"key": company.key, "name": company.name},
        "made_at": max([hour, key.created_at, *(row["closed_at"] for row in rows)]),
        "revoked": [{"goals_sha256": row["canonical_sha256"], "revoked_at": row["closed_at"]} for row in rows],
    }
    stated = canonical_hash({"key": key.id, "said": said})
    found = kept.find(actor.tenant_id, stated)
    if found is not None:
        return found
    content = make_anchor(said, stored_key(key), company_id=str(actor.tenant_id), vault=vault)
    return kept.keep(actor.tenant_id, stated, content)
