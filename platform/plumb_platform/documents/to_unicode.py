"""What text the glyphs of a font stand for, as a CMap (ISO 32000-1, 9.10.3): one entry for each code.

Ranges of codes that share an entry (`beginbfrange` with an array of texts) would save up to a kilobyte of a letter, but
Ghostscript 10.0 reads one byte of each text there: what it copies or converts of such a letter are other characters.
"""

import re
from collections.abc import Mapping

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
MAPPED = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]*)>")


def to_unicode(texts: Mapping[int, str]) -> bytes:
    """Return the CMap of codes and their texts; equal texts give equal bytes."""
    entries = [b"<%04X><%b>" % (code, texts[code].encode("utf-16-be").hex().upper().encode()) for code in sorted(texts)]
    blocks = [entries[at : at + PER_BLOCK] for at in range(0, len(entries), PER_BLOCK)]
    return CMAP % b"".join(b"%d beginbfchar\n%b\nendbfchar\n" % (len(block), b"".join(block)) for block in blocks)


def said_by(cmap: bytes) -> dict[int, str]:
    """Return codes and texts of a CMap that has an entry for each code, as typst and WeasyPrint do.

    The space of codes looks like an entry.
    """
    found = MAPPED.findall(cmap, cmap.find(b"endcodespacerange"))
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in found}
