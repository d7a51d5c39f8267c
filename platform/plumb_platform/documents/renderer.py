"""Renders letters in warm child processes that are limited in time and memory and replaced when they fail or grow."""

import asyncio
import logging
import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from plumb_platform.documents.attachments import Attachment
from plumb_platform.documents.glyph_proof import MissingGlyph
from plumb_platform.documents.render_engines import ENGINES, Engine
from plumb_platform.documents.render_process import RenderLimits, RenderProcess, spawn
from plumb_platform.documents.templates import TemplateBroken, TemplateRefused
from plumb_platform.errors import InvalidInput, Unavailable

log = logging.getLogger(__name__)

APT_LINE = "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
START_SECONDS = 60
REFUSED_MEMORY = (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGTRAP)
"""How libraries end that were refused memory: typst aborts, GLib traps, HarfBuzz 6 goes on with nothing."""


class RenderTimeout(InvalidInput):
    """The document took more processor time than its limit; the process that worked on it was ended."""

    code = "RENDER_TIMEOUT"
    zh = "文档在 {seconds} 秒内未能生成，请简化模板。"
    en = "The document was not finished within {seconds} seconds; simplify the template."


class RenderTooLarge(InvalidInput):
    """The document needed more memory than its limit."""

    code = "RENDER_TOO_LARGE"
    zh = "文档所需内存超过 {memory_mb} MB，请简化模板。"
    en = "The document needs more than {memory_mb} MB of memory; simplify the template."


class RenderRefusedUrl(InvalidInput):
    """The document asks for a resource other than its own assets and `data:` URLs."""

    code = "RENDER_REFUSED_URL"
    zh = "文档引用了不允许的地址：{url}"
    en = "The document refers to an address that is not allowed: {url}"


class RenderOwnFont(InvalidInput):
    """The document brings a font along; trying again would not mend that."""

    code = "RENDER_OWN_FONT"
    zh = "文档自带字体（@font-face），不受支持；请删去该规则，并以模板的 typeface 选择字体。"
    en = "The document brings a font of its own (@font-face), which is not supported; take the rule out and choose `typeface`."


class RenderFailed(InvalidInput):
    """The document cannot be rendered, or the process that worked on it died."""

    code = "RENDER_FAILED"
    zh = "文档生成失败：{reason}"
    en = "The document could not be rendered: {reason}"


class RenderUnavailable(Unavailable):
    """This machine lacks pango or a Chinese font; only an operator can mend that."""

    code = "RENDER_UNAVAILABLE"
    zh = "本机缺少生成 PDF 所需的组件（{reason}）。请执行：{command}"
    en = "This machine lacks parts that PDF letters need ({reason}). Run: {command}"


class RendererSlow(Unavailable):
    """A child did not start or answer in time, without having had the processor for it: nothing is wrong with the document."""

    code = "RENDERER_SLOW"
    zh = "生成文档的进程在 {seconds} 秒内未能启动或完成，服务器繁忙，请稍后重试。"
    en = "The process that makes documents did not start or finish within {seconds} seconds; the server is busy, try again later."


class Renderer:
    """A small pool of children for each engine; `async with Renderer(children=2) as renderer`, one per process, in a lifespan.

    A child starts when its engine is first needed: whoever makes letters only never pays for the one that lays out HTML.

    With `font_cache`, a folder that many processes may share, the letters' font is cut there once: letters
    then take less time and memory, and less than half the bytes.
    """

    def __init__(self, *, children: int = 1, limits: RenderLimits | None = None, font_cache: Path | None = None) -> None:
        self._limits = limits or RenderLimits()
        self._font_cache = str(font_cache.resolve()) if font_cache else ""
        self._idle: dict[Engine, asyncio.LifoQueue[RenderProcess | None]] = {each: asyncio.LifoQueue() for each in ENGINES}
        for queue in self._idle.values():
            for _ in range(children):
                queue.put_nowait(None)
        self._children: set[RenderProcess] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def render_pdf(
        self,
        html: str,
        *,
        css: str = "",
        assets: Mapping[str, tuple[bytes, str]] | None = None,
        identifier: bytes,
        created: datetime,
        attachments: Sequence[Attachment] = (),
    ) -> bytes:
        """Return `html` as a tagged PDF/A-3; equal arguments give equal bytes.

        `assets` maps names to (content, media type), reached as `asset:<name>`; no other address but `data:` is
        served. `identifier` and `created` (aware) stand in the file in place of chance and the clock. Title and
        language come from the HTML. Raises RENDER_TIMEOUT, RENDER_TOO_LARGE, RENDER_REFUSED_URL, RENDER_OWN_FONT,
        RENDER_FAILED, RENDER_UNAVAILABLE, RENDERER_SLOW.
        """
        request = {
            "task": "pdf",
            "html": html,
            "css": css,
            "assets": dict(assets or {}),
            "identifier": identifier,
            "created": created.isoformat(timespec="seconds"),
            "attachments": [each.fields() for each in attachments],
        }
        pdf: bytes = await self._ask("html", request)
        return pdf

    async def set_letter(self, design: str, facts: Mapping[str, Any], *, identifier: bytes, created: datetime) -> bytes:
        """Return the tagged PDF/A-3 of a shipped design over plain `facts` (`typst_facts`); equal arguments give equal bytes.

        Raises MISSING_GLYPH and the errors of `render_pdf`.
        """
        text = orjson.dumps(facts).decode()
        request = {
            "task": "set",
            "design": design,
            "facts": text,
            "identifier": identifier,
            "created": created.isoformat(timespec="seconds"),
        }
        pdf: bytes = await self._ask("letters", request)
        return pdf

    async def fill_template(self, source: str, data: Mapping[str, Any]) -> str:
        """Return a company's own template filled with plain `data`, within the same limits as a letter.

        Raises TEMPLATE_BROKEN, TEMPLATE_REFUSED and the errors of `render_pdf`.
        """
        text: str = await self._ask("html", {"task": "fill", "source": source, "data": dict(data)})
        return text

    async def draw_pages(self, pdf: bytes, *, dots_per_inch: int, most: int = 10) -> list[bytes]:
        """Return the first pages of a PDF of ours as PNG, within the same limits as a letter."""
        request = {"task": "draw", "pdf": pdf, "dots_per_inch": dots_per_inch, "most": most}
        pages: list[bytes] = await self._ask("letters", request)
        return pages

    async def close(self) -> None:
        """End all children."""
        for child in list(self._children):
            await self._end(child)

    async def _ask(self, engine: Engine, request: dict[str, Any]) -> Any:
        child = await self._idle[engine].get()
        try:
            child = await self._started(engine, child)
            worn = child.has_worked
            try:
                answer = await self._answer(child, request)
            except RenderTooLarge:
                # What a document may take does not depend on those before it.
                if not worn:
                    raise
                await self._end(child)
                child = await self._started(engine, None)
                answer = await self._answer(child, request)
        except BaseException:
            # A child in an unknown state must not answer the next caller: cancellation comes here too.
            await self._end(child)
            child = None
            raise
        finally:
            self._idle[engine].put_nowait(child)
        return _result(answer)

    async def _started(self, engine: Engine, child: RenderProcess | None) -> RenderProcess:
        if child is not None and child.is_fresh(self._limits):
            return child
        await self._end(child)
        child = await spawn()
        self._children.add(child)
        try:
            async with asyncio.timeout(START_SECONDS):
                hello = await child.exchange(self._greeting(engine))
        except TimeoutError:
            await self._end(child)
            raise RendererSlow(seconds=START_SECONDS) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._end(child)
            raise RenderUnavailable(reason="the renderer does not start", command=APT_LINE) from None
        except BaseException:
            await self._end(child)
            raise
        if "error" in hello:
            await self._end(child)
            raise RenderUnavailable(reason=hello["reason"], command=APT_LINE)
        if hello["warning"]:
            log.warning("letters are made with the whole fonts: %s", hello["warning"])
        return child

    def _greeting(self, engine: Engine) -> dict[str, Any]:
        return asdict(self._limits) | {"engine": engine, "font_cache": self._font_cache}

    async def _answer(self, child: RenderProcess, request: dict[str, Any]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._limits.clock_seconds):
                answer = await child.exchange(request)
        except TimeoutError:
            raise RendererSlow(seconds=self._limits.clock_seconds) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            ended = await child.process.wait()
            if ended == -signal.SIGPROF:
                raise RenderTimeout(seconds=self._limits.seconds) from None
            if ended in REFUSED_MEMORY:
                raise RenderTooLarge(memory_mb=self._limits.memory_mb) from None
            raise RenderFailed(reason=f"the renderer died with {child.process.returncode}") from None
        if answer.get("error") == "too_large" or child.is_doubted(self._limits):
            raise RenderTooLarge(memory_mb=self._limits.memory_mb)
        return answer

    async def _end(self, child: RenderProcess | None) -> None:
        if child is not None:
            self._children.discard(child)
            await child.end()


def _result(answer: dict[str, Any]) -> Any:
    if "error" not in answer:
        return answer["result"]
    reason = answer.get("reason", "")
    match answer["error"]:
        case "refused_url":
            raise RenderRefusedUrl(url=reason)
        case "own_font":
            raise RenderOwnFont(field="source")
        case "missing_glyph":
            raise MissingGlyph(reason)
        case "template_refused":
            raise TemplateRefused(field="source", reason=reason)
        case "template_broken":
            raise TemplateBroken(field="source", reason=reason)
        case _:
            raise RenderFailed(reason=reason)
