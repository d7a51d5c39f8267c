"""GraphQL types of letters: the letter, its signatures, and what verifying tells."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import strawberry

from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_schema.goals.types import Cycle, cycle_of
from plumb_schema.ground.context import Context, Info
from plumb_schema.ground.ids import Node, encode_id, readable_node
from plumb_schema.ground.permission import field, public_type, tenant_type
from plumb_schema.ground.problems import ItemProblem
from plumb_schema.jobs.types import Job, job_of
from plumb_schema.people.types import OrgUnit, Person, load_person, load_unit
from plumb_tenants.letters import service

strawberry.enum(service.LetterState, description="责任书状态 / Where a letter stands; SUPERSEDED follows from its goals.")
strawberry.enum(service.Role, name="LetterRole", description="签署方 / Which party signed.")


@strawberry.enum(description="核验结果 / What a letter or a file turned out to be.")
class VerificationStatus(StrEnum):
    VALID = "VALID"
    MODIFIED = "MODIFIED"
    SUPERSEDED = "SUPERSEDED"
    UNKNOWN = "UNKNOWN"


@tenant_type(needs=Permission.LETTER_READ, description="签署记录 / One party's act of signing.")
class LetterSignature:
    role: service.Role
    signed_at: datetime
    goals_sha256: str = strawberry.field(description="所签内容摘要 / The SHA-256 of what was signed.")
    person_id: strawberry.Private[UUID]

    @field(description="签署人姓名 / Who signed.")
    async def name(self, info: Info) -> str | None:
        found: str | None = await info.context.load("person_names", self.person_id)
        return found


@tenant_type(
    needs=Permission.LETTER_READ, description="目标责任书 / A person's confirmed goals, signed by both parties and sealed."
)
class Letter(Node):
    number: str
    state: service.LetterState
    version: int = strawberry.field(description="乐观锁版本 / What a change must name.")
    template_version_id: strawberry.ID
    issued_at: datetime
    sealed_at: datetime | None
    goals_sha256: str = strawberry.field(description="目标数据摘要 / The SHA-256 of the canonical JSON that both sign.")
    file_sha256: str | None = strawberry.field(description="文件摘要 / The SHA-256 of the whole sealed file.")
    file_size: int | None
    verify_code: str
    row: strawberry.Private[service.LetterRow]

    @field(description="周期 / The cycle of its goals.", needs=Permission.CYCLE_READ)
    async def cycle(self, info: Info) -> Cycle | None:
        found = await info.context.load("cycles", self.row.cycle_id)
        return cycle_of(found) if found else None

    @field(description="责任人姓名 / The employee whose letter it is.")
    async def employee_name(self, info: Info) -> str | None:
        found: str | None = await info.context.load("person_names", self.row.employee_id)
        return found

    @field(description="直属上级姓名 / The manager who signs it.")
    async def manager_name(self, info: Info) -> str | None:
        found: str | None = await info.context.load("person_names", self.row.manager_id)
        return found

    @field(description="责任人 / The employee, where the caller may see them.", needs=Permission.PERSON_READ)
    async def employee(self, info: Info) -> Person | None:
        return await load_person(info.context, self.row.employee_id)

    @field(description="直属上级 / The manager, where the caller may see them.", needs=Permission.PERSON_READ)
    async def manager(self, info: Info) -> Person | None:
        return await load_person(info.context, self.row.manager_id)

    @field(description="部门 / The employee's unit when it was issued.", needs=Permission.UNIT_READ)
    async def unit(self, info: Info) -> OrgUnit | None:
        return await load_unit(info.context, self.row.unit_id)

    @field(description="签署记录 / Who signed so far, oldest first.")
    async def signatures(self, info: Info) -> list[LetterSignature]:
        rows: list[service.SignatureRow] = await info.context.load("letter_signatures", self.uuid)
        return [
            LetterSignature(
                role=each.role, signed_at=each.signed_at, goals_sha256=each.canonical_sha256, person_id=each.person_id
            )
            for each in rows
        ]

    @field(description="接替的责任书 / The letter that took its place.")
    async def superseded_by(self, info: Info) -> "Letter | None":
        found = await info.context.load("letters", self.row.superseded_by) if self.row.superseded_by else None
        return letter_of(found) if found else None

    @field(description="下载路径 / Where to get the sealed file; null until there is one.", needs=Permission.LETTER_DOWNLOAD)
    def download_path(self) -> str | None:
        return f"/letters/{encode_id('Letter', self.uuid)}/file" if self.row.file_key else None

    @field(description="签章任务 / The job that makes the sealed file; null before both have signed.")
    async def seal_job(self, info: Info) -> Job | None:
        found = await service.seal_job(info.context.caller, self.uuid)
        return job_of(found) if found else None


@tenant_type(needs=Permission.LETTER_ISSUE, description="批量签发中的一项 / What became of one employee.")
class IssuedLetter:
    employee_id: strawberry.ID
    letter_id: strawberry.ID | None
    problem: ItemProblem | None


@tenant_type(needs=Permission.LETTER_ISSUE, description="批量签发结果 / What became of each employee without a letter.")
class IssuedLetters:
    issued: int
    refused: int
    items: list[IssuedLetter]


@public_type(description="签署人 / One who signed, as the letter names them.")
class LetterSigner:
    role: service.Role
    name: str
    signed_at: datetime


@public_type(description="核验结果 / What may be told of a letter to whoever holds it; UNKNOWN tells nothing.")
class LetterVerification:
    status: VerificationStatus
    number: str | None
    company: str | None
    employee: str | None
    starts_on: date | None
    ends_on: date | None
    superseded_by: str | None
    signers: list[LetterSigner]
    sealed_at: datetime | None
    certificate_serial: str | None
    goals_sha256: str | None
    expected_sha256: str | None
    found_sha256: str | None


def letter_of(row: service.LetterRow) -> Letter:
    """Return the GraphQL object of a letter."""
    return Letter(
        uuid=row.id,
        row=row,
        number=row.number,
        state=row.state,
        version=row.version,
        template_version_id=encode_id("DefinitionVersion", row.definition_version_id),
        issued_at=row.created_at,
        sealed_at=row.sealed_at,
        goals_sha256=row.canonical_sha256,
        file_sha256=row.file_sha256,
        file_size=row.file_size,
        verify_code=row.verify_code,
    )


def verification_of(found: service.LetterVerification) -> LetterVerification:
    """Return the GraphQL object of a verification."""
    return LetterVerification(
        status=VerificationStatus(found.status),
        number=found.number,
        company=found.company,
        employee=found.employee,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        superseded_by=found.superseded_by,
        signers=[LetterSigner(role=each.role, name=each.name, signed_at=each.signed_at) for each in found.signers],
        sealed_at=found.sealed_at,
        certificate_serial=found.certificate_serial,
        goals_sha256=found.goals_sha256,
        expected_sha256=found.expected_sha256,
        found_sha256=found.found_sha256,
    )


@readable_node("Letter")
async def read_letter(context: Context, key: UUID) -> Letter | None:
    """Read a letter that the caller may read."""
    try:
        return letter_of(await service.get_letter(context.caller, key))
    except NotFound:
        return None
