"""Texts inside of a document: read as those of its variables are, also where they are written as `\\u0301`."""

from typing import Any

from graphql.language import StringValueNode

from graphql import DocumentNode, Visitor, visit
from plumb_platform.texts import as_seen, refuse_turned


def with_texts_seen(document: DocumentNode, text: str) -> DocumentNode:
    """Return a document whose texts are as they are seen; raises TextTurned.

    What stands in its `text` as it is was read so before; an escape tells its character only here (GraphQL, 2.9.4).
    """
    return visit(document, _Seen()) if "\\u" in text else document


class _Seen(Visitor):
    def enter_string_value(self, node: StringValueNode, *_: Any) -> StringValueNode | None:
        refuse_turned(node.value, place="query")
        seen = as_seen(node.value)
        return None if seen == node.value else StringValueNode(value=seen, block=node.block, loc=node.loc)
