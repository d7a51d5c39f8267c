"""Templates that companies write: a sandbox without methods, within limits."""

import pytest

from plumb_platform.documents.renderer import Renderer, RenderTooLarge
from plumb_platform.documents.templates import TemplateBroken, TemplateRefused, check_template

DATA = {"name": "林𠮷", "goals": [{"metric": "销售回款额", "target": "11,385,000.00"}]}


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ name.__init__.__globals__ }}",
        "{{ goals.append(1) }}",
        "{{ goals[0].update({}) }}",
        "{{ name.upper() }}",
        "{{ name.format(x=1) }}",
        "{{ '{0.__class__}'.format_map({}) }}",
        "{{ range(10 ** 9) }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self._TemplateReference__context }}",
        "{{ (name | attr('__class__')) }}",
        "{{ name | map(attribute='__class__') | map('string') | list }}",
        "{{ lipsum() }}",
        "{{ name | safe }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
    ],
)
async def test_a_template_that_reaches_out_of_its_data_is_refused(renderer: Renderer, source: str) -> None:
    with pytest.raises((TemplateRefused, TemplateBroken)):
        await renderer.fill_template(source, DATA)


@pytest.mark.parametrize("source", ["{{ 'a' * 10 ** 9 }}", "{% set a = 'a' * 10 ** 7 %}{{ a * 50 }}", "{{ [0] * 10 ** 9 }}"])
async def test_a_template_that_takes_all_memory_is_ended_and_the_next_is_filled(renderer: Renderer, source: str) -> None:
    with pytest.raises(RenderTooLarge):
        await renderer.fill_template(source, DATA)
    assert await renderer.fill_template("{{ name }}", DATA) == "林𠮷"


async def test_a_field_that_the_data_lacks_is_named(renderer: Renderer) -> None:
    with pytest.raises(TemplateBroken, match="'salary' is undefined"):
        await renderer.fill_template("{{ salary }}", DATA)


def test_a_broken_template_is_refused_with_its_line() -> None:
    with pytest.raises(TemplateBroken, match=r"line 2"):
        check_template("甲方\n{% if %}")


async def test_markup_in_data_stays_text(renderer: Renderer) -> None:
    assert await renderer.fill_template("{{ name }}", {"name": "<b>&"}) == "&lt;b&gt;&amp;"


async def test_plain_fields_and_loops_are_filled(renderer: Renderer) -> None:
    source = "{{ name }}:{% for goal in goals %}{{ goal.metric }} {{ goal.target }}{% endfor %}"
    assert await renderer.fill_template(source, DATA) == "林𠮷:销售回款额 11,385,000.00"
