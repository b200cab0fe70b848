"""What only explains a result: likely mistakes, snippets, pictures. One that raises is left out, and the verdict stays.

Who writes checks sees in the log what raised: `pytest SUITE --submission WRONG --log-cli-level=DEBUG`. It is no
warning: a model of a mistake may have no answer for an example, and students could do nothing about it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")
U = TypeVar("U")
LOG: Final = logging.getLogger("grader.explanations")


def unless_it_raises(explain: Callable[[], T], otherwise: U, *, but: tuple[type[Exception], ...] = ()) -> T | U:
    """What it gives, or the other where it raises. but: what it may raise to be heard."""
    try:
        return explain()
    except but:
        raise
    except Exception:
        LOG.debug("what explains a result raised, and is left out", exc_info=True)
        return otherwise
