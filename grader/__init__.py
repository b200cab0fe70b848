"""Scores homework that is PyTorch code: a trusted judge, an untrusted worker, property-based checks between them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.notebook import check_here as check_here

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`from grader import check_here`, for notebooks; the commands don't wait for what it imports."""
    if name == "check_here":
        from grader import notebook

        return notebook.check_here
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
