"""Suggested values: a field's formula over its form, the history and the benchmark of the person; pure (C1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from plumb_platform.errors import InvalidInput
from plumb_tenants.forms.body import Source
from plumb_tenants.forms.compiling import CompiledForm
from plumb_tenants.forms.states import Evaluation
from plumb_tenants.forms.values import quantized


class SuggestionUndefined(InvalidInput):
    """Without history and benchmark there is no suggestion; zero would be one (C1)."""

    code = "FORM_SUGGESTION_UNDEFINED"
    zh = "“{label}”没有建议值：{undefined}。"
    en = "There is no suggestion for {label}: {undefined}."


class SuggestionReason(StrEnum):
    """What a suggestion had to do without."""

    NO_HISTORY = "NO_HISTORY"
    NO_BENCHMARK = "NO_BENCHMARK"


_REASONS = {Source.HISTORY_MEAN: SuggestionReason.NO_HISTORY, Source.BENCHMARK: SuggestionReason.NO_BENCHMARK}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested value with what it had to do without; or why there is none."""

    value: Decimal | None
    reasons: tuple[SuggestionReason, ...] = ()
    error: InvalidInput | None = None

    def stored(self) -> dict[str, Any]:
        """Return the suggestion as plain JSON, as a submission keeps it."""
        value = None if self.value is None else format(self.value, "f")
        return {"value": value, "reasons": [reason.value for reason in self.reasons]}


def suggestions(compiled: CompiledForm, evaluation: Evaluation, figures: Mapping[str, Decimal | None]) -> dict[str, Suggestion]:
    """Return the suggestion of each visible field that has a formula for one, by its path."""
    visible = {state.path for state in evaluation.states if state.visible}
    return {key: suggestion for key, suggestion in _all(compiled, evaluation, figures) if key in visible}


def _all(
    compiled: CompiledForm, evaluation: Evaluation, figures: Mapping[str, Decimal | None]
) -> Iterator[tuple[str, Suggestion]]:
    sources = {figure.key: figure.source for figure in compiled.form.figures}
    for key, cell in compiled.fields.items():
        if cell.suggestion is None:
            continue
        result = cell.suggestion.evaluate({**evaluation.known, **figures})
        reasons = tuple(_REASONS[sources[name]] for name in result.missing if name in sources)
        if isinstance(result.value, Decimal):
            yield key, Suggestion(quantized(result.value, cell.cell.places), reasons)
        else:
            error = SuggestionUndefined(field=key, label=cell.cell.label, undefined=result.undefined)
            yield key, Suggestion(None, reasons, error)
