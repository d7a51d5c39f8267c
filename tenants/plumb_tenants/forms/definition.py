"""The kind `form`: what people fill in, with every rule checked before it is published (A45, C1, C82)."""

from plumb_tenants.definitions.kinds import Finding, Kind, register
from plumb_tenants.forms.body import Form
from plumb_tenants.forms.compiling import compiled_with_faults

KIND = "form"


def lint(body: Form) -> list[Finding]:
    """Return what stands against publishing: keys, attributes, formulas, cycles, rules that read later rows."""
    return [Finding(fault) for fault in compiled_with_faults(body).faults]


register(Kind(name=KIND, zh="表单", en="Form", body=Form, lint=lint))
