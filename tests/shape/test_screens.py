"""The page of screens says what the menu says, in both languages."""

from pathlib import Path

import pytest
from django.utils import translation

from pinzhi.doors.console.menu import SCREENS

PAGE = (Path(__file__).parents[2] / "docs" / "screens.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda s: s.url)
def test_every_screen_of_the_menu_is_in_the_docs(screen):
    said = []
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said += [str(screen.name), str(screen.question)]
    row = next((line for line in PAGE.splitlines() if line.startswith(f"| {said[0]} |")), "")
    assert row, f"docs/screens.md has no row for {said[0]}"
    for words in (*said, f"`g {screen.key}`"):
        assert words in row, f"{said[0]}: the menu says «{words}»"
