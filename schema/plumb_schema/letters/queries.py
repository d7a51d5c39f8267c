"""Queries of letters; verifying is for anybody."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission
from plumb_schema.ground.connections import Connection, page
from plumb_schema.ground.context import Info
from plumb_schema.ground.cursors import Key
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import PUBLIC, field
from plumb_schema.letters.types import Letter, LetterVerification, letter_of, verification_of
from plumb_tenants.letters import service


class VerifyOneThing(InvalidInput):
    """A letter is verified by its code or by its file."""

    code = "VERIFY_ONE_THING"
    zh = "请提供核验码或文件（base64），二者选一。"
    en = "Give either the verify code or the file (base64)."


@strawberry.input(description="责任书筛选 / Which letters a list shows; what is absent is left open.")
class LetterFilterInput:
    cycle_id: strawberry.ID | None = None
    employee_id: strawberry.ID | None = None
    unit_id: strawberry.ID | None = None
    state: service.LetterState | None = None

    def opened(self) -> service.LetterFilter:
        """Return the filter of the service; a malformed id is answered as an unknown one."""
        types = {"cycle_id": "Cycle", "employee_id": "Person", "unit_id": "OrgUnit"}
        given = {name: getattr(self, name) for name in types}
        ids = {name: decode_id(value, types[name], field=f"where.{name}") for name, value in given.items() if value}
        return service.LetterFilter(**ids, state=self.state)


@strawberry.type
class LetterQuery:
    @field(needs=Permission.LETTER_READ, description="责任书列表 / The letters that the caller may read, newest first.")
    async def letters(
        self, info: Info, where: LetterFilterInput | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[Letter]:
        wanted = (where or LetterFilterInput()).opened()

        async def read(behind: tuple[Key, ...] | None, limit: int) -> Sequence[service.LetterRow]:
            last = behind[0] if behind else None
            place = last if isinstance(last, UUID) else None
            return await service.list_letters(info.context.caller, where=wanted, after=place, limit=limit)

        return await page(
            info.context, read, place=f"letters:{wanted}", key=lambda row: (row.id,), node=letter_of, first=first, after=after
        )

    @field(needs=Permission.LETTER_READ, description="责任书 / One letter.")
    async def letter(self, info: Info, letter_id: Annotated[strawberry.ID, strawberry.argument(name="id")]) -> Letter:
        return letter_of(await service.get_letter(info.context.caller, decode_id(letter_id, "Letter")))

    @field(needs=PUBLIC, description="核验责任书 / Verify a letter by its code or its whole file in base64; no sign-in.")
    async def verify_letter(self, info: Info, code: str | None = None, file: str | None = None) -> LetterVerification:
        if (code is None) == (file is None):
            raise VerifyOneThing(field="code")
        if code is not None:
            return verification_of(await service.verify_by_code(code, info.context.ground.storage))
        try:
            content = base64.b64decode(file or "", validate=True)
        except (binascii.Error, ValueError):
            raise VerifyOneThing(field="file") from None
        return verification_of(await service.verify_upload(content))
