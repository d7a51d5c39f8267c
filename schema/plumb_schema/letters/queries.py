"""Queries of letters; verifying is for anybody."""

import base64
import binascii

import strawberry

from plumb_platform.errors import InvalidInput
from plumb_platform.identity.second_factor import has_totp
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.permission import PUBLIC, field
from plumb_schema.letters.run_types import LetterRun, LetterRunItem
from plumb_schema.letters.types import Letter, LetterSigningRules, LetterTrial, LetterVerification, verification_of
from plumb_schema.reads.classes import connection, single
from plumb_tenants.letters import service


class VerifyOneThing(InvalidInput):
    """A letter is verified by its code or by its file."""

    code = "VERIFY_ONE_THING"
    zh = "请提供核验码或文件（base64），二者选一。"
    en = "Give either the verify code or the file (base64)."


@strawberry.type
class LetterQuery:
    letters = connection(Letter, description="责任书列表 / The letters that the caller may read, newest first.")
    letter = single(Letter, description="责任书 / One letter.")
    letter_runs = connection(LetterRun, description="批量签发列表 / Runs, the newest first.")
    letter_run = single(LetterRun, description="批量签发 / One run, with its counts.")
    letter_run_items = connection(LetterRunItem, description="批量签发明细 / The status board: every employee of the runs.")
    letter_trials = connection(LetterTrial, description="模板试用列表 / The caller's own trials of letter templates.")
    letter_trial = single(LetterTrial, description="模板试用 / One trial of the caller's own.")

    @field(needs=Permission.LETTER_SIGN, description="签署要求 / What the company asks of who signs, and whether one is ready.")
    async def letter_signing_rules(self, info: Info) -> LetterSigningRules:
        rules = await service.letter_rules(info.context.caller)
        enrolled = await has_totp(info.context.caller)
        return LetterSigningRules(
            step_up=rules.step_up, forms=list(rules.forms), signature_needed=rules.signature_needed, totp_enrolled=enrolled
        )

    @field(needs=PUBLIC, description="核验责任书 / Verify a letter by its code or its whole file in base64; no sign-in.")
    async def verify_letter(self, info: Info, code: str | None = None, file: str | None = None) -> LetterVerification:
        if (code is None) == (file is None):
            raise VerifyOneThing(field="code")
        ground = info.context.ground
        if code is not None:
            return verification_of(await service.verify_by_code(code, ground.storage, ground.timestamps.roots))
        try:
            content = base64.b64decode(file or "", validate=True)
        except (binascii.Error, ValueError):
            raise VerifyOneThing(field="file") from None
        return verification_of(await service.verify_upload(content, ground.timestamps.roots, ground.storage, ground.copy_keys))
