"""A formula that was read: its text, its tree, and the names that it uses."""

from dataclasses import dataclass

from plumb_tenants.formulas.errors import Position, too_large
from plumb_tenants.formulas.nodes import Name, Node, walk

MAX_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that reads well; its names and types are not yet known."""

    text: str
    root: Node

    @property
    def names(self) -> tuple[str, ...]:
        """The fields it uses, in the order of first use."""
        return tuple(dict.fromkeys(node.name for node in walk(self.root) if isinstance(node, Name)))


def parse(text: str) -> Formula:
    """Read a formula of at most 2,000 characters.

    Raises FormulaSyntax (with the character at fault) and FormulaTooLarge (safety: length, depth, nodes, digits).
    """
    if len(text) > MAX_LENGTH:
        raise too_large(Position(1, 1), f"最多 {MAX_LENGTH} 个字符", f"at most {MAX_LENGTH} characters")
    from plumb_tenants.formulas.grammar import read_tree

    return Formula(text, read_tree(text))
