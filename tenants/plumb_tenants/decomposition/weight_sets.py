"""Which weights hold for which child: the first weight set whose condition is true, else the factors' own (C32)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from plumb_platform.numbers.allocation import is_modest
from plumb_tenants.decomposition.given import FactValue, Given, nothing_given
from plumb_tenants.decomposition.steps import ChildInvalid
from plumb_tenants.decomposition.template import DecompositionTemplate
from plumb_tenants.decomposition.template_parts import FactType, WeightSet
from plumb_tenants.formulas.service import compile_formula

LONGEST_FACT = 200


class FactUnknown(ChildInvalid, tells={"child": "Person.name|OrgUnit.name"}):
    """A fact that the template does not ask for is a misspelt one."""

    code = "FACT_UNKNOWN"
    zh = "“{child}”的条件事实“{fact}”不在模板中；模板{known_zh}。"
    en = "{child} has a fact {fact} that the template does not use; it asks for {known_en}."


class FactInvalid(ChildInvalid, tells={"child": "Person.name|OrgUnit.name"}):
    """A fact is of the type that the template says."""

    code = "FACT_INVALID"
    zh = "“{child}”的条件事实“{fact}”须为{type_zh}。"
    en = "The fact {fact} of {child} must be a {type_en}."


_TYPES = {FactType.TEXT: (str, "1 至 200 字的文本", "text of 1 to 200 characters"), FactType.NUMBER: (Decimal, "数值", "number")}


def check_facts(template: DecompositionTemplate, children: Sequence[str], given: Sequence[Given]) -> None:
    """Refuse a fact that the template does not know or that is of another type."""
    if nothing_given(given):
        return
    types = {fact.name: fact.type for fact in template.facts}
    for at, (child, each) in enumerate(zip(children, given, strict=True)):
        for name, value in each.facts.items():
            if name not in types:
                known = ", ".join(sorted(types))
                told = {"known_zh": f"需要：{known}" if known else "不使用条件事实", "known_en": known or "none"}
                raise FactUnknown(at=at, part="facts", name=name, child=child, fact=f"{name:.100}", **told)
            wanted, zh, en = _TYPES[types[name]]
            if not isinstance(value, wanted) or not _fits(value):
                raise FactInvalid(at=at, part="facts", name=name, child=child, fact=name, type_zh=zh, type_en=en)


def _fits(value: FactValue) -> bool:
    return is_modest(value) if isinstance(value, Decimal) else 0 < len(value) <= LONGEST_FACT and "\x00" not in value


def chosen_sets(
    template: DecompositionTemplate, figures: Sequence[Mapping[str, Decimal | None]], given: Sequence[Given]
) -> list[WeightSet | None]:
    """Return the weight set of each child; None is the default, the factors' own weights.

    A condition over a fact that is missing is not true: no rule is applied on a guess.
    """
    if not template.weight_sets:
        return [None] * len(figures)
    names = template.condition_names
    rules = [(each, compile_formula(each.when, names)) for each in template.weight_sets]
    found: list[WeightSet | None] = []
    for row, each in zip(figures, given, strict=True):
        values = {**row, **each.facts}
        found.append(next((chosen for chosen, when in rules if when.evaluate(values).value is True), None))
    return found


def weights_by_child(template: DecompositionTemplate, chosen: Sequence[WeightSet | None], key: str) -> list[Decimal]:
    """Return the weight of one factor for each child, in percent."""
    default = next(factor.weight for factor in template.factors if factor.key == key)
    return [default if each is None else _weight_in(each, key) for each in chosen]


def _weight_in(chosen: WeightSet, key: str) -> Decimal:
    return next((weight.weight for weight in chosen.weights if weight.factor == key), Decimal(0))
