"""Derivations: how a number came about, kept beside it so that it can be explained, checked and computed again (N2)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, TypeAdapter, ValidationError

from plumb_platform.numbers.allocation import EXACT
from plumb_platform.numbers.canonical import plain_decimal

GIVEN = "given"
"""The kind of a number that a person or an import gave: it has inputs to tell from where, and nothing to add up."""

Scalar = Decimal | str | bool | None
Input = Scalar | tuple[Scalar, ...]
Rule = Callable[[Mapping[str, Input]], Decimal]
"""Computes a value again from the stored inputs of a derivation; one rule per kind."""


def _read_number(data: object) -> Decimal:
    if isinstance(data, Decimal):
        return data
    try:
        number = Decimal(data) if isinstance(data, str) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{data!r:.40} is no finite number written as text")
    return number


def _read_scalar(data: object) -> Scalar:
    match data:
        case None | bool():
            return data
        case {"text": str(text)}:
            return text
    return _read_number(data)


def _read_input(data: object) -> Input:
    return tuple(map(_read_scalar, data)) if isinstance(data, list | tuple) else _read_scalar(data)


def _write_input(value: Input) -> object:
    match value:
        case Decimal():
            return plain_decimal(value)
        case str():
            return {"text": value}
        case tuple():
            return [_write_input(each) for each in value]
    return value


Number = Annotated[Decimal, BeforeValidator(_read_number), PlainSerializer(plain_decimal)]
StoredInput = Annotated[Input, PlainValidator(_read_input), PlainSerializer(_write_input)]


@dataclass(frozen=True, slots=True)
class Label:
    """What a number is called, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """The part of a value that one factor brought; `factor` is the key of the factor in its definition."""

    factor: str
    label: Label
    amount: Number


@dataclass(frozen=True, slots=True)
class Derivation:
    """One computed number: `kind` names the rule, `versions` the definition versions by role, `children` its sources.

    Except for kind `given`, the contributions add up to `value` exactly. Amounts in the unit of the value.
    """

    label: Label
    kind: str
    value: Number
    inputs: Mapping[str, StoredInput] = field(default_factory=dict)
    contributions: tuple[Contribution, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    children: tuple["Derivation", ...] = ()


class BrokenDerivationError(ValueError):
    """A derivation does not prove its number; `path` leads to the node, as labels from the root."""

    def __init__(self, path: tuple[str, ...], reason: str) -> None:
        self.path = path
        super().__init__(f"{' > '.join(path)}: {reason}")


def check(derivation: Derivation) -> None:
    """Prove that every node's contributions add up to its value, or raise BrokenDerivationError."""
    for path, node in walk(derivation):
        if node.kind == GIVEN:
            if node.contributions:
                raise BrokenDerivationError(path, "a given number has no contributions")
            continue
        total = Decimal(0)
        for contribution in node.contributions:
            total = EXACT.add(total, contribution.amount)
        if total != node.value:
            raise BrokenDerivationError(path, f"contributions add up to {total}, not to {node.value}")


def replay(derivation: Derivation, rules: Mapping[str, Rule]) -> None:
    """Compute every node again from its stored inputs, or raise BrokenDerivationError."""
    for path, node in walk(derivation):
        if node.kind == GIVEN:
            continue
        if node.kind not in rules:
            raise BrokenDerivationError(path, f"no rule computes {node.kind}")
        again = rules[node.kind](node.inputs)
        if again != node.value:
            raise BrokenDerivationError(path, f"{node.kind} of the stored inputs gives {again}, not {node.value}")


def walk(derivation: Derivation) -> Iterator[tuple[tuple[str, ...], Derivation]]:
    """Yield every node after its parent, with the path of labels that leads to it."""
    waiting: list[tuple[tuple[str, ...], Derivation]] = [((derivation.label.en,), derivation)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        waiting += [((*path, child.label.en), child) for child in reversed(node.children)]


def to_json(derivation: Derivation) -> dict[str, object]:
    """Write a derivation as plain JSON: numbers are strings, a text input is `{"text": ...}`."""
    written: dict[str, object] = _adapter().dump_python(derivation, mode="json")
    return written


def from_json(data: object) -> Derivation:
    """Read what `to_json` wrote, or raise BrokenDerivationError for anything else."""
    try:
        return _adapter().validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise BrokenDerivationError(tuple(map(str, first["loc"])), str(first["msg"])) from None


@cache
def _adapter() -> TypeAdapter[Derivation]:
    return TypeAdapter(Derivation)
