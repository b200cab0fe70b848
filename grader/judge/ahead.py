"""Imports whatever decides or writes before any of the student's code runs.

Where the process alone holds a worker, and the grader's files can be written by the user who grades, a submission could
rewrite a module that the judge imports later: a report, or how a failure is explained. What is imported stays as it is.
It does not close that tier: what torch, pytest and Hypothesis import as they go, and the next `grade`, stay open.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import pkgutil
from typing import Final

from grader.machine import garbage
from grader.machine.package import PACKAGE
from grader.sandbox.tiers import Tier

# What reports use of others, imported when one is written.
_OF_OTHERS: Final = ("jinja2.ext", "rich.live", "rich.markup", "rich.table", "rich.traceback", "xml.etree.ElementTree")
# The worker, and what no process that grades uses: the commands for a class and for authors, which start such ones.
_OF_ANOTHER_PROCESS: Final = ("grader.worker", "grader.gradebook", "grader.doctor")


def import_for(tier: Tier) -> None:
    """What is needed where that holds the worker: in a jail, nobody can write to the grader's files."""
    if tier is Tier.PROCESS:
        import_all()


@functools.cache
def import_all() -> None:
    """All of the package that this process may use. What this machine lacks is left out."""
    names = [module.name for module in pkgutil.walk_packages([str(PACKAGE)], "grader.", onerror=lambda name: None)]
    with garbage.left_alone():
        for name in (*names, *_OF_OTHERS):
            if not name.startswith(_OF_ANOTHER_PROCESS):
                with contextlib.suppress(ImportError):
                    importlib.import_module(name)
