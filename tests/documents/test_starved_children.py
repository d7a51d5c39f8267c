"""A child that does not get the processor: its document is not to blame, and one that takes the processor is ended as before."""

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from plumb_platform.documents.render_process import RenderLimits
from plumb_platform.documents.renderer import Renderer, RendererSlow, RenderTimeout

LOOP = "{% for a in 'x' * 9999 %}{% for b in 'x' * 9999 %}{% for c in 'x' * 9999 %}{% endfor %}{% endfor %}{% endfor %}"


@asynccontextmanager
async def stopped(renderer: Renderer, seconds: float) -> AsyncIterator[int]:
    """Stop the one child, as a machine does that has other things to do, and let it go on after `seconds`."""
    assert await renderer.fill_template("{{ x }}", {"x": "准绳"}) == "准绳"
    (child,) = renderer._children
    os.kill(child.process.pid, signal.SIGSTOP)
    later = asyncio.get_running_loop().call_later(seconds, os.kill, child.process.pid, signal.SIGCONT)
    yield child.process.pid
    later.cancel()


async def test_a_document_that_waited_for_the_processor_is_made() -> None:
    async with Renderer(limits=RenderLimits(seconds=1, clock_seconds=60)) as renderer, stopped(renderer, 1.5) as pid:
        assert await renderer.fill_template("{{ x }}", {"x": "目标责任书"}) == "目标责任书"
        assert [each.process.pid for each in renderer._children] == [pid]


async def test_a_child_that_never_gets_the_processor_is_replaced_and_its_document_is_not_blamed() -> None:
    async with Renderer(limits=RenderLimits(seconds=1, clock_seconds=2)) as renderer, stopped(renderer, 600):
        with pytest.raises(RendererSlow) as refusal:
            await renderer.fill_template("x", {})
        assert "RENDERER_SLOW" in refusal.value.code
        assert "within 2 seconds" in str(refusal.value)
        assert await renderer.fill_template("{{ x }}", {"x": "目标责任书"}) == "目标责任书"


async def test_a_document_that_loops_is_ended_at_its_own_processor_time_however_long_it_waited() -> None:
    async with Renderer(limits=RenderLimits(seconds=1, clock_seconds=120)) as renderer:
        async with stopped(renderer, 1.5) as pid:
            before, ended = _seconds_of(pid), resource.getrusage(resource.RUSAGE_CHILDREN)
            with pytest.raises(RenderTimeout, match="1 seconds"):
                await renderer.fill_template(LOOP, {})
            now = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken = now.ru_utime + now.ru_stime - ended.ru_utime - ended.ru_stime - before
        assert 0.9 < taken < 2
        assert await renderer.fill_template("{{ x }}", {"x": "目标责任书"}) == "目标责任书"


def _seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
