"""The personal battle map (个人作战地图) of a signed letter: its goals, their periods and its key actions; pure (C10)."""

import orjson

from plumb_platform.documents.letter_data import LetterDocument, LetterSection
from plumb_platform.documents.letter_words import TITLES, WORDS
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.rules import content_from
from plumb_tenants.letters.shipped import ACTIONS
from plumb_tenants.letters.wording import fill_all


def battle_map(letter: Letter) -> LetterDocument:
    """Return the map of a letter as it was signed, whatever became of its template and its goals since.

    Without key actions of the template's own it has those that Plumb brings along.
    """
    stored = LetterDocument.model_validate(letter.content | {"verify_url": "", "goals_sha256": letter.canonical_sha256})
    content, note = content_from(orjson.loads(letter.canonical)), str(WORDS[stored.locale]["map_note"])
    actions = stored.actions or tuple(fill_all(ACTIONS[stored.locale], {"manager": content.manager.name}))
    note = note.replace("{}", letter.number, 1).replace("{}", letter.verify_code, 1)
    return stored.model_copy(
        update={
            "design": "battle_map",
            "title": TITLES[stored.locale]["battle_map"],
            "actions": actions,
            "predecessor": None,
            "seal_image": "",
            "signatures": (),
            "sections": (
                LetterSection(kind="parties"),
                LetterSection(kind="goals"),
                LetterSection(kind="actions"),
                LetterSection(kind="text", paragraphs=(note,)),
            ),
        }
    )
