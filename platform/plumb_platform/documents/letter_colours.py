"""Colours of letters: whether a company's colour can be read on paper, and the paler tones that go with it; pure."""

TONES = {"tint": 0.06, "line": 0.24, "rule": 0.20, "frame": 0.55}
"""How much of the colour each tone keeps on white."""


def contrast_with_white(colour: str) -> float:
    """Return the contrast ratio of a colour with white paper (WCAG 2, 1.4.3): from 1 to 21."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def tones_of(colour: str) -> dict[str, str]:
    """Return the paler tones of a colour by name."""
    return {name: _mixed(colour, part) for name, part in TONES.items()}


def _mixed(colour: str, part: float) -> str:
    channels = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (channel - 255) * part):02x}" for channel in channels)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
