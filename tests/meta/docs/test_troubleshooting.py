"""docs/troubleshooting.md has each message of an error that its reader can mend."""

from __future__ import annotations

import re
from typing import Final

from tests.meta.docs.messages import messages
from tests.meta.tools.repository import ROOT

LINES: Final = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8").splitlines()


def test_each_message_has_its_next_step() -> None:
    found = [(place, texts) for place, texts in messages() if "".join(texts).strip()]
    assert len(found) > 80
    lacking = [f"{place}: {'…'.join(texts)}" for place, texts in found if not is_told(texts)]
    assert lacking == []


def is_told(texts: tuple[str, ...]) -> bool:
    """Whether a row has these texts in their order."""
    pattern = re.compile(".*".join(re.escape(text.strip().replace("`", "")) for text in texts))
    return any(pattern.search(line.replace("`", "")) for line in LINES if line.startswith("|"))
