"""Colours of the pages that people open in a browser: every text can be read on its ground, by day and in dark mode (WCAG 2)."""

import re
from importlib.resources import files

import pytest

LEAST = 4.5
"""Contrast of text with its ground (WCAG 2, 1.4.3, level AA)."""
TEXTS = [
    *((word, ground) for word in ("ink", "soft", "link") for ground in ("paper", "card")),
    *(("ink", ground) for ground in ("field", "bad-ground", "mark")),
    *((mood, f"{mood}-ground") for mood in ("good", "bad", "warn")),
    ("bad", "card"),
]
STYLES = files("plumb_templates") / "static"


def colours(*, dark: bool) -> dict[str, str]:
    """Return the colours of a mode by name, as six hexadecimal digits."""
    day, night = re.findall(r":root \{(.*?)\}", (STYLES / "verify.css").read_text(), re.DOTALL)[:2]
    return dict(re.findall(r"--([a-z-]+): #([0-9a-f]{6});", night if dark else day))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return how bright a colour is, 0 to 1 (WCAG 2, relative luminance)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read_on_its_ground(dark: bool) -> None:
    known = colours(dark=dark)
    found = {(text, ground): round(contrast(known[text], known[ground]), 2) for text, ground in TEXTS}
    assert {pair: value for pair, value in found.items() if value < LEAST} == {}


def test_both_modes_name_the_same_colours() -> None:
    assert colours(dark=False).keys() == colours(dark=True).keys()


@pytest.mark.parametrize("style", ["verify.css", "snapshots.css"])
def test_no_rule_has_a_colour_of_its_own_for_text_that_both_modes_show(style: str) -> None:
    """White on the saturated grounds of a verdict and of buttons is the same in both."""
    rules = re.sub(r":root \{.*?\}", "", (STYLES / style).read_text(), flags=re.DOTALL)
    assert set(re.findall(r"(?<![-\w])color: (#\w+)", rules)) <= {"#fff"}
