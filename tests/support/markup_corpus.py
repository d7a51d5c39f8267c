"""Templates of own markup with three texts each (`markup_corpus.tsv`).

Each text of a `steady` one stands where it moves nothing else; of a `moving` one at least one may move more than its line.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path

BASE = ("张三", "欧阳靖宇", "1,234.00")
CHANGED = ("李四", "司马相如", "9,876.50")
"""As wide as the others or nearly, so that nothing takes more lines."""
HOSTILE = (
    ("𠮷田 & b <c> \"d\" 'e'", "fi ffi AVA，“丙”。", " e\u0301 "),
    ("甲" * 40, "שלום العربية", "98,765,432.10"),
    ("\ue0000\ue001", "", "\u00adx\u200b\ny👍\u3000"),
)
"""Texts that are escaped, rare, too long, of the other direction, blank, or look like a mark of ours."""
_ROWS = [line.split("\t") for line in Path(__file__).with_suffix(".tsv").read_text().splitlines()[1:]]
STEADY = {name: (style, body) for kind, name, style, body in _ROWS if kind == "steady"}
MOVING = {name: (style, body) for kind, name, style, body in _ROWS if kind == "moving"}
"""By what is special about them: a style sheet, and markup."""
PAGE = '<!DOCTYPE html>\n<html lang="zh-CN"><head><title>{a}</title><style>STYLE</style></head><body>BODY</body></html>'


def documents(template: tuple[str, str], hostile: int) -> Iterator[str]:
    """Yield documents of one template: the same one twice, others' texts, some hostile ones, and the first again."""
    style, body = template
    for texts in (BASE, BASE, CHANGED, *HOSTILE[:hostile], BASE):
        html = PAGE.replace("STYLE", style).replace("BODY", body)
        for name, text in zip("abc", texts, strict=True):
            html = html.replace("{" + name + "}", escape(text))
        yield html
