"""GraphQL types of letters: the letter, its signatures, and what verifying tells."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry

import plumb_schema.goals.types
import plumb_schema.jobs.types  # noqa: F401 - its relations lead there
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import field, public_type, tenant_type
from plumb_schema.ground.problems import ItemProblem
from plumb_schema.reads.classes import of
from plumb_tenants.letters import service
from plumb_tenants.letters.resources import LETTER
from plumb_tenants.letters.trial_resource import LETTER_TRIAL

strawberry.enum(service.LetterState, description="责任书状态 / Where a letter stands; SUPERSEDED follows from its goals.")
strawberry.enum(service.TrialKind, name="LetterTrialKind", description="试用方式 / What a trial tries.")
strawberry.enum(service.AnnexKind, name="LetterAnnexKind", description="附件种类 / What stands beside a letter.")
strawberry.enum(service.ShippedLetter, description="自带模板 / The letter templates that Plumb brings along.")
strawberry.enum(service.Role, name="LetterRole", description="签署方 / Who somebody is to a letter.")
strawberry.enum(service.Act, name="LetterAct", description="签署动作 / To sign, to approve, or only to know.")
strawberry.enum(service.SignerState, name="LetterSignerProgress", description="签署进度 / Where one of the chain stands.")
strawberry.enum(service.StepUp, name="LetterStepUp", description="身份验证 / What a signature needs beyond a session.")
strawberry.enum(service.Hint, name="VerificationHint", description="核验提示 / An earlier revision, or a marked copy.")
strawberry.enum(service.SignatureForm, description="签名方式 / Typed, drawn or brought along.")


@strawberry.enum(description="核验结果 / What a letter or a file turned out to be.")
class VerificationStatus(StrEnum):
    VALID = "VALID"
    MODIFIED = "MODIFIED"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"
    DESTROYED = "DESTROYED"
    UNKNOWN = "UNKNOWN"


@of(LETTER)
class Letter(Node):
    @field(
        description="下载路径 / Where to get the sealed file; null until there is one.",
        needs=Permission.LETTER_DOWNLOAD,
    )
    def download_path(self: Any) -> str | None:
        return f"/letters/{encode_id('Letter', self.id)}/file" if self.uses("download_path.file_key") else None


@of(LETTER_TRIAL)
class LetterTrial(Node):
    @field(
        description="预览文件 / Where to get the preview as PDF; null until there is one.",
        needs=Permission.TRIAL_READ,
    )
    def pdf_path(self: Any) -> str | None:
        return f"/letters/trials/{encode_id('LetterTrial', self.id)}/preview.pdf" if self.uses("pdf_path.pdf_key") else None


@tenant_type(needs=Permission.LETTER_SIGN, description="签署要求 / What the company asks of who signs.")
class LetterSigningRules:
    step_up: service.StepUp
    forms: list[service.SignatureForm]
    signature_needed: bool
    totp_enrolled: bool


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


@tenant_type(needs=Permission.LETTER_DOWNLOAD, description="下载链接 / Where to fetch a letter, and until when.")
class LetterLink:
    path: str
    expires_at: datetime


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
    revoked_at: datetime | None
    signers: list[LetterSigner]
    sealed_at: datetime | None
    certificate_serial: str | None
    seal_level: str | None
    stamped_at: datetime | None
    stamped_by: str | None
    goals_sha256: str | None
    expected_sha256: str | None
    found_sha256: str | None
    destroyed_on: date | None = strawberry.field(description="销毁日期 / When ours was destroyed under retention.")
    hint: service.Hint | None = strawberry.field(description="提示 / What the file is besides its verdict, where that is proven.")
    newest_sha256: str | None = strawberry.field(
        description="应看文件摘要 / With a hint: of the newest revision, or of the original that was copied."
    )
    original_path: str | None = strawberry.field(
        description="原件路径 / With a hint: where the parties, signed in, get the newest sealed original."
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
        revoked_at=found.revoked_at,
        signers=[LetterSigner(role=each.role, name=each.name, signed_at=each.signed_at) for each in found.signers],
        sealed_at=found.sealed_at,
        certificate_serial=found.certificate_serial,
        seal_level=found.seal_level,
        stamped_at=found.stamped_at,
        stamped_by=found.stamped_by,
        goals_sha256=found.goals_sha256,
        expected_sha256=found.expected_sha256,
        found_sha256=found.found_sha256,
        destroyed_on=found.destroyed_on,
        hint=found.hint,
        newest_sha256=found.newest_sha256,
        original_path=original_path(found.letter_id) if found.letter_id else None,
    )


def original_path(letter_id: UUID) -> str:
    """Return where the parties of a letter get its newest sealed original."""
    return f"/letters/{encode_id('Letter', letter_id)}/file?original=1"
