"""PDFs written by hand, as somebody with a grudge would: whatever objects one likes, and any bytes as the letter's attachment."""


def pdf_of(objects: list[bytes], *, trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, numbered from 1; the first is the root."""
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, len(out))
    return out + head + table + end


def with_file(content: bytes, filters: bytes) -> bytes:
    """Return a PDF that carries these bytes, under these filters, as the goals of a letter."""
    stream = b"<</Type/EmbeddedFile/Length %d/Filter%s>>stream\n" % (len(content), filters)
    names = b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(goals.json)3 0 R]>>>>>>"
    spec = b"<</Type/Filespec/F(goals.json)/UF(goals.json)/EF<</F 4 0 R>>/Desc(SHA-256 " + b"0" * 64 + b")>>"
    return pdf_of([names, b"<</Type/Pages/Kids[]/Count 0>>", spec, stream + content + b"\nendstream"])
