"""What text the glyphs of a font stand for, as a CMap (ISO 32000-1, 9.10.3): the codes that follow each other by one entry."""

import re
from collections.abc import Iterator, Mapping

CMAP = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>def
/CMapName /Custom def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
%bendcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
PER_BLOCK = 100
"""Entries of one block of a CMap at most (Adobe technical note 5411, 1.4)."""
MAPPED = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")


def to_unicode(texts: Mapping[int, str]) -> bytes:
    """Return the CMap of codes and their texts; equal texts give equal bytes."""
    entries = [
        b"<%04X> <%04X> [%b]\n" % (codes[0], codes[-1], b"".join(b"<%b>" % _digits(texts[code]) for code in codes))
        for codes in _ranges(sorted(texts))
    ]
    blocks = [entries[at : at + PER_BLOCK] for at in range(0, len(entries), PER_BLOCK)]
    return CMAP % b"".join(b"%d beginbfrange\n%bendbfrange\n" % (len(block), b"".join(block)) for block in blocks)


def said_by(cmap: bytes) -> dict[int, str]:
    """Return codes and texts of a CMap that has an entry for each code, as typst writes it; its space of codes looks like one."""
    found = MAPPED.findall(cmap, cmap.find(b"endcodespacerange"))
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in found}


def _ranges(codes: list[int]) -> Iterator[list[int]]:
    """Yield codes that follow each other, together: the first byte is the same within an entry (9.10.3)."""
    run: list[int] = []
    for code in codes:
        if run and (code != run[-1] + 1 or code >> 8 != run[0] >> 8 or len(run) == PER_BLOCK):
            yield run
            run = []
        run.append(code)
    if run:
        yield run


def _digits(text: str) -> bytes:
    return text.encode("utf-16-be").hex().upper().encode()
