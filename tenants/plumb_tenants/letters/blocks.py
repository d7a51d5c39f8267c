"""The blocks of a letter template: which sections it prints, in which order, and the company's own ones."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from plumb_platform.documents.letter_data import SectionKind
from plumb_platform.documents.templates import TemplateBroken, check_template
from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Logic

Paragraph = Annotated[str, Field(min_length=1, max_length=2000)]
Paragraphs = Annotated[tuple[Paragraph, ...], Field(max_length=40)]
MOST_BLOCKS = 40


class BlockNeeded(InvalidInput):
    """A letter without its goals or its signatures binds nobody."""

    code = "LETTER_BLOCK_NEEDED"
    zh = "模板须恰好包含一个“{block}”区块。"
    en = "A template has the block {block} exactly once."


class BlockTwice(InvalidInput):
    """Only free text and own markup may come several times."""

    code = "LETTER_BLOCK_TWICE"
    zh = "区块“{block}”只能出现一次。"
    en = "The block {block} can stand there only once."


class BlockContentMisplaced(InvalidInput):
    """A block holds what its kind prints."""

    code = "LETTER_BLOCK_CONTENT"
    zh = "“{block}”区块需要 {needed}，且不能有其他内容。"
    en = "The block {block} needs {needed} and nothing else."


class BlockTemplateBroken(InvalidInput):
    """The markup of a block is no template."""

    code = "LETTER_BLOCK_BROKEN"
    zh = "区块模板有误：{reason}"
    en = "The template of the block is broken: {reason}"


class BlockOwnFont(InvalidInput):
    """Markup that brings a font along could be printed by no letter."""

    code = "LETTER_BLOCK_OWN_FONT"
    zh = "区块不能自带字体（@font-face）；请删去该规则，并以 typeface 选择字体。"
    en = "A block cannot bring a font of its own (@font-face); take the rule out and choose `typeface`."


class BlockKind(StrEnum):
    """What a block prints."""

    PARTIES = "parties"
    PREAMBLE = "preamble"
    PERIOD = "period"
    GOALS = "goals"
    CHANGES = "changes"
    SPLITS = "splits"
    DUTIES = "duties"
    REWARDS = "rewards"
    REVISION = "revision"
    MISCELLANY = "miscellany"
    ACTIONS = "actions"
    TEXT = "text"
    CUSTOM = "custom"
    SIGNATURES = "signatures"


SECTION_OF: dict[BlockKind, SectionKind] = {
    BlockKind.PARTIES: "parties",
    BlockKind.PREAMBLE: "preamble",
    BlockKind.PERIOD: "period",
    BlockKind.GOALS: "goals",
    BlockKind.CHANGES: "changes",
    BlockKind.SPLITS: "splits",
    BlockKind.DUTIES: "rights_and_duties",
    BlockKind.REWARDS: "rewards",
    BlockKind.REVISION: "revision",
    BlockKind.MISCELLANY: "miscellany",
    BlockKind.ACTIONS: "actions",
    BlockKind.TEXT: "text",
    BlockKind.CUSTOM: "custom",
    BlockKind.SIGNATURES: "signatures",
}
REPEATED = frozenset({BlockKind.TEXT, BlockKind.CUSTOM})
GOALS = frozenset({BlockKind.GOALS, BlockKind.CHANGES})
"""Blocks that print the targets: one of them has to be there."""


class LetterBlock(Body):
    """区块 / One block of the letter; `text` is for TEXT, `source` for CUSTOM: own markup in a sandbox over the letter's data."""

    kind: BlockKind
    title: Annotated[str, Field(max_length=60)] = ""
    text: Paragraphs = ()
    source: Annotated[str, Logic(), Field(max_length=20_000)] = ""


def block_faults(blocks: tuple[LetterBlock, ...]) -> Iterator[InvalidInput]:
    """Yield what stands against an order of blocks; none at all takes the order of the design."""
    if not blocks:
        return
    kinds = [block.kind for block in blocks]
    if not GOALS & set(kinds):
        yield BlockNeeded(field="blocks", block=BlockKind.GOALS.name)
    if BlockKind.SIGNATURES not in kinds:
        yield BlockNeeded(field="blocks", block=BlockKind.SIGNATURES.name)
    for place, block in enumerate(blocks):
        if block.kind not in REPEATED and kinds.index(block.kind) != place:
            yield BlockTwice(field=f"blocks[{place}].kind", block=block.kind.name)
        yield from _content_faults(block, f"blocks[{place}]")


def _content_faults(block: LetterBlock, path: str) -> Iterator[InvalidInput]:
    needs = {BlockKind.TEXT: "text", BlockKind.CUSTOM: "source"}.get(block.kind, "")
    given = {name for name in ("text", "source") if getattr(block, name)}
    if given != ({needs} if needs else set()):
        yield BlockContentMisplaced(field=path, block=block.kind.name, needed=needs or "—")
    if block.kind is BlockKind.CUSTOM and block.source:
        yield from _template_faults(block.source, path)


def _template_faults(source: str, path: str) -> Iterator[InvalidInput]:
    try:
        check_template(source)
    except TemplateBroken as broken:
        yield BlockTemplateBroken(field=f"{path}.source", reason=broken.values["reason"])
    if "@font-face" in source.lower():
        yield BlockOwnFont(field=f"{path}.source")
