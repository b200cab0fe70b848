"""How a submission takes what the rules ban without naming it."""

from __future__ import annotations

HIDE = (
    "def hidden(path, thing=torch):\n    for name in path.split('.'): thing = getattr(thing, name)\n    return thing\n"
)
