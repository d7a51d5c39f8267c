"""The proof within a marked copy, whatever the letter itself holds (A57)."""

import io

import pikepdf
import pytest

from plumb_platform.documents.copy_mark import marked_copy
from plumb_platform.documents.copy_proof import BARE, is_proven, proven
from support.letter_samples import SealedLetter

KEY, FILE = b"k" * 32, "019a0000-0000-7000-8000-000000000001/letters/a.pdf"
LOOKS_LIKE_ONE = f"/PlumbCopy ({BARE})".encode()


def with_picture(pdf: bytes, comment: bytes) -> bytes:
    """Return a letter with one more picture, a JPEG that says something in a comment: it stays as it is in every copy."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        picture = b"\xff\xd8\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + b"\xff\xd9"
        said = {"Subtype": pikepdf.Name.Image, "Width": 1, "Height": 1, "Filter": pikepdf.Name.DCTDecode}
        opened.pages[0].add_resource(opened.make_stream(picture, **said), pikepdf.Name.XObject)
        output = io.BytesIO()
        opened.save(output)
    return output.getvalue()


def test_a_picture_that_holds_what_looks_like_a_proof_takes_no_copy_its_own(letter: SealedLetter) -> None:
    bare = marked_copy(with_picture(letter.plain, LOOKS_LIKE_ONE), "副本 COPY")
    assert bare.count(LOOKS_LIKE_ONE) == 2
    copy = proven(bare, KEY, FILE)
    assert (len(copy), copy.count(LOOKS_LIKE_ONE)) == (len(bare), 1)
    assert is_proven(copy, (KEY,), FILE)
    assert not is_proven(copy.replace(LOOKS_LIKE_ONE, LOOKS_LIKE_ONE[:-2] + b"1)"), (KEY,), FILE)
    assert not is_proven(copy + LOOKS_LIKE_ONE, (KEY,), FILE)


@pytest.mark.parametrize("file", [b"", b"%PDF-1.7", LOOKS_LIKE_ONE[:-2]])
def test_a_file_without_a_place_for_a_proof_is_none(file: bytes) -> None:
    assert not is_proven(file, (KEY,), FILE)
    with pytest.raises(ValueError, match="a place for its proof"):
        proven(file, KEY, FILE)
