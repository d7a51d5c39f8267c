"""What a responsibility letter (目标责任书) says: plain strings, numbers already formatted, fields already filled in."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from plumb_platform.documents.fonts_system import Typeface

Design = Literal["formal", "commitment", "battle_map", "addendum"]
PageSize = Literal["A4", "LETTER"]
SectionKind = Literal[
    "parties",
    "preamble",
    "period",
    "goals",
    "changes",
    "splits",
    "rights_and_duties",
    "rewards",
    "revision",
    "miscellany",
    "actions",
    "text",
    "custom",
    "signatures",
]
ORDER: dict[Design, tuple[SectionKind, ...]] = {
    "formal": (
        *("parties", "preamble", "period", "goals", "splits"),
        *("rights_and_duties", "rewards", "revision", "miscellany", "signatures"),
    ),
    "commitment": ("preamble", "goals", "rights_and_duties", "rewards", "signatures"),
    "battle_map": ("parties", "goals", "actions", "signatures"),
    "addendum": ("parties", "preamble", "changes", "splits", "rewards", "revision", "miscellany", "signatures"),
}
"""The sections of each design in their usual order, for a letter that chooses none."""


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LetterParty(_Plain):
    """One side of the letter: the company with its manager (甲方), or the employee (乙方)."""

    name: str
    details: tuple[tuple[str, str], ...] = ()
    """Label and value, in reading order: ("工号", "HK0312"), ("所属部门", "华南大区 · 广东省区"), ("岗位", "省区经理")."""


class LetterSplit(_Plain):
    """One part of a target in time: `label` such as 1月 or Q1, `value` formatted."""

    label: str
    value: str


class LetterGoal(_Plain):
    """One row of the goal table with its split; the caller answers for parts that add up to `target` exactly."""

    metric: str
    definition: str = ""
    unit: str
    target: str
    weight: str
    splits: tuple[LetterSplit, ...] = ()
    previous: str = ""
    """The target of the letter before, formatted; empty when the goal is new."""
    change: str = ""
    """How far the target moved from `previous`, formatted, with its sign."""


class LetterSignature(_Plain):
    """One act of signing. Empty `name` leaves the line open for a letter that is not signed yet."""

    role: str
    label: str = ""
    """What the role is called on paper, such as 人力资源部; empty takes the name of the side."""
    name: str = ""
    position: str = ""
    signed_at: str = ""
    """Date and time in the company's zone, formatted with the zone."""
    evidence: str = ""
    """How the signer was known, such as 本人登录后签署."""
    image: str = ""
    """Name of the asset with the signature as a picture; empty prints the name."""


class LetterSection(_Plain):
    """One section in the order in which a company wants them; an empty `title` takes the usual one."""

    kind: SectionKind
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    """Of a `text` section."""
    source: str = ""
    """Template of a `custom` section: the company's own markup, filled in the limited process."""


class LetterPredecessor(_Plain):
    """The letter that this one takes the place of."""

    number: str
    issued_on: str


class LetterDocument(_Plain):
    """The whole letter. `rights_and_duties`, `rewards`, `revision`, `miscellany` are paragraphs, numbered when printed."""

    locale: Literal["zh-CN", "en"] = "zh-CN"
    design: Design = "formal"
    page_size: PageSize = "A4"
    typeface: Typeface = "SONG"
    accent: str = ""
    """Colour of the company such as #14304f; empty takes the design's."""
    logo: str = ""
    seal_image: str = ""
    """Names of the assets with the company's pictures; without a seal image the seal is drawn from the name."""
    sections: tuple[LetterSection, ...] = ()
    """Empty takes the design's order."""
    company: str
    title: str = ""
    """Empty takes 目标责任书 or its English name."""
    subtitle: str = ""
    """Such as 2026 年度 · 华南大区."""
    number: str
    party_a: LetterParty
    party_b: LetterParty
    period: str
    """Such as 2026 年 1 月 1 日 至 2026 年 12 月 31 日."""
    preamble: str = ""
    goals: tuple[LetterGoal, ...] = Field(min_length=1)
    weight_total: str
    rights_and_duties: tuple[str, ...] = ()
    rewards: tuple[str, ...] = ()
    revision: tuple[str, ...] = ()
    miscellany: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    """Key actions of a battle map, in order."""
    predecessor: LetterPredecessor | None = None
    signatures: tuple[LetterSignature, ...] = ()
    issued_on: str
    verify_url: str
    """Address of the verify page for this letter; printed as a QR code."""
    verify_code: str
    """Short unguessable code that a reader can type instead."""
    goals_sha256: str
    """Hex digest of the embedded canonical JSON; printed short."""

    def pictures(self) -> tuple[str, ...]:
        """Return the names of the assets that the letter shows."""
        named = (self.logo, self.seal_image, *(each.image for each in self.signatures))
        return tuple(name for name in named if name)
