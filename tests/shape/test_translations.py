"""Both languages are complete: every interface word is translated, with its placeholders, in Chinese punctuation."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def test_the_chinese_catalogue_is_complete():
    spec = importlib.util.spec_from_file_location("messages_tool", Path(__file__).parents[2] / "tools" / "messages.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.faults() == []
