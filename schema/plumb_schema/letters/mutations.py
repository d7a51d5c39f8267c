"""Mutations of letters: issue one or a cycle's, and sign as the party that one is."""

import strawberry

from plumb_platform.identity.links import sealed_link
from plumb_platform.permissions import Permission
from plumb_schema.definitions.types import DefinitionVersion
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.problems import item_problem
from plumb_schema.letters.types import IssuedLetter, IssuedLetters, Letter, LetterLink
from plumb_schema.reads.completion import row_of
from plumb_tenants.letters import service


@strawberry.input(description="签发责任书 / Issue a letter over confirmed goals of one person in one cycle.")
class IssueLetterInput:
    goal_ids: list[strawberry.ID]
    template_version_id: strawberry.ID


@strawberry.input(description="批量签发 / Issue letters to all in a cycle who have confirmed goals and no letter, 200 at a time.")
class IssueLettersInput:
    cycle_id: strawberry.ID
    template_version_id: strawberry.ID


@strawberry.input(description="签名 / How one's signature looks: one's typed name, or a PNG or JPEG as a data: URL.")
class LetterSignatureInput:
    form: service.SignatureForm
    text: str = ""
    image: str = ""


@strawberry.input(description="签署责任书 / Sign or approve as oneself, at the version that one has read.")
class SignLetterInput:
    letter_id: strawberry.ID
    version: int
    password: str | None = None
    totp: str | None = None
    signature: LetterSignatureInput | None = None


@strawberry.input(description="拒签 / Decline when it is one's own turn, with the reason; it ends the letter.")
class DeclineLetterInput:
    letter_id: strawberry.ID
    version: int
    reason: str


@strawberry.input(description="撤销 / Take back a letter that is not signed by all, with the reason.")
class CancelLetterInput:
    letter_id: strawberry.ID
    version: int
    reason: str


@strawberry.input(description="作废 / Revoke a sealed letter, with the reason and the proof that the company asks of who signs.")
class RevokeLetterInput:
    letter_id: strawberry.ID
    version: int
    reason: str
    password: str | None = None
    totp: str | None = None


@strawberry.input(description="采用自带模板 / Publish one of the letter templates that Plumb brings along, as it is.")
class AdoptLetterTemplateInput:
    template: service.ShippedLetter


@strawberry.input(description="审计报告 / Have the audit page of a sealed letter made.")
class RequestLetterAuditInput:
    letter_id: strawberry.ID


@strawberry.input(description="生成下载链接 / Make a link to a sealed letter that is good for five minutes.")
class CreateLetterLinkInput:
    letter_id: strawberry.ID
    original: bool = False


@strawberry.type
class LetterMutation:
    @mutation(
        needs=Permission.LETTER_DOWNLOAD,
        description="生成下载链接 / Make a short-lived link; what one may fetch is checked again when it is used.",
    )
    async def create_letter_link(self, info: Info, input: CreateLetterLinkInput) -> LetterLink:
        letter_id = decode_id(input.letter_id, "Letter", field="letterId")
        link = await service.letter_link(info.context.caller, letter_id=letter_id, original=input.original)
        word = sealed_link(link, info.context.ground.link_keys)
        return LetterLink(path=f"/letters/by-link?link={word}", expires_at=link.expires_at)

    @mutation(needs=Permission.DEFINITION_PUBLISH, description="采用自带模板 / Publish a shipped letter template, once.")
    async def adopt_letter_template(self, info: Info, input: AdoptLetterTemplateInput) -> DefinitionVersion:
        return row_of(DefinitionVersion, await service.adopt_letter_template(info.context.caller, template=input.template))

    @mutation(needs=Permission.LETTER_ISSUE, description="签发责任书 / Issue one letter.")
    async def issue_letter(self, info: Info, input: IssueLetterInput) -> Letter:
        made = await service.issue_letter(
            info.context.caller,
            goal_ids=[decode_id(each, "Goal", field=f"goalIds[{place}]") for place, each in enumerate(input.goal_ids)],
            template_version_id=decode_id(input.template_version_id, "DefinitionVersion", field="templateVersionId"),
        )
        return row_of(Letter, made.id)

    @mutation(
        needs=Permission.LETTER_ISSUE, description="批量签发 / Issue the letters of a cycle; one refusal leaves the others alone."
    )
    async def issue_letters(self, info: Info, input: IssueLettersInput) -> IssuedLetters:
        items = await service.issue_letters(
            info.context.caller,
            cycle_id=decode_id(input.cycle_id, "Cycle", field="cycleId"),
            template_version_id=decode_id(input.template_version_id, "DefinitionVersion", field="templateVersionId"),
        )
        answers = [
            IssuedLetter(
                employee_id=encode_id("Person", each.employee_id),
                letter_id=encode_id("Letter", each.letter_id) if each.letter_id else None,
                problem=item_problem(each.refusal, info.context.locale) if each.refusal else None,
            )
            for each in items
        ]
        refused = sum(each.problem is not None for each in answers)
        return IssuedLetters(issued=len(answers) - refused, refused=refused, items=answers)

    @mutation(needs=Permission.LETTER_SIGN, description="签署责任书 / Sign a letter; nobody can do it for anybody else.")
    async def sign_letter(self, info: Info, input: SignLetterInput) -> Letter:
        letter_id = decode_id(input.letter_id, "Letter", field="letterId")
        given = input.signature
        await service.sign_letter(
            info.context.caller,
            letter_id=letter_id,
            version=input.version,
            proof=service.Proof(password=input.password, totp=input.totp, keys=info.context.ground.factor_keys),
            signature=service.SignatureGiven(given.form, given.text, given.image) if given else None,
        )
        return row_of(Letter, letter_id)

    @mutation(needs=Permission.LETTER_SIGN, description="拒签 / Decline one's own signature.")
    async def decline_letter(self, info: Info, input: DeclineLetterInput) -> Letter:
        letter_id = decode_id(input.letter_id, "Letter", field="letterId")
        await service.decline_letter(info.context.caller, letter_id=letter_id, version=input.version, reason=input.reason)
        return row_of(Letter, letter_id)

    @mutation(needs=Permission.LETTER_DOWNLOAD, description="审计报告 / Have the audit page made; it is among the annexes then.")
    async def request_letter_audit(self, info: Info, input: RequestLetterAuditInput) -> Letter:
        letter_id = decode_id(input.letter_id, "Letter", field="letterId")
        await service.request_audit(info.context.caller, letter_id=letter_id)
        return row_of(Letter, letter_id)

    @mutation(needs=Permission.LETTER_ISSUE, description="撤销 / Cancel a letter that waits for signatures.")
    async def cancel_letter(self, info: Info, input: CancelLetterInput) -> Letter:
        letter_id = decode_id(input.letter_id, "Letter", field="letterId")
        await service.cancel_letter(info.context.caller, letter_id=letter_id, version=input.version, reason=input.reason)
        return row_of(Letter, letter_id)

    @mutation(
        needs=Permission.LETTER_REVOKE, description="作废 / Revoke a sealed letter; its file stays, verifying says REVOKED."
    )
    async def revoke_letter(self, info: Info, input: RevokeLetterInput) -> Letter:
        letter_id = decode_id(input.letter_id, "Letter", field="letterId")
        await service.revoke_letter(
            info.context.caller,
            letter_id=letter_id,
            version=input.version,
            reason=input.reason,
            proof=service.Proof(password=input.password, totp=input.totp, keys=info.context.ground.factor_keys),
        )
        return row_of(Letter, letter_id)
