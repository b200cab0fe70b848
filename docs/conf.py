"""How Sphinx makes the documentation: `nox -s docs`.

The pages are plain CommonMark, to be read on GitHub as they are. What only Sphinx needs is added while it reads them:
the order of the pages, the docstrings below `api.md`, and the address of the repository before links that leave `docs`.
"""

from __future__ import annotations

import enum
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from sphinx.application import Sphinx

import grader
import grader.suite
from grader.version import __version__

ROOT: Final = Path(__file__).resolve().parents[1]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FILES: Final = f"{PROJECT['urls']['Repository']}/blob/v{__version__}"  # where links out of this folder lead
DOORS: Final = (grader, grader.suite)  # all that is public

project = PROJECT["name"]
author = "its authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False

myst_heading_anchors = 4  # as GitHub makes them; a link to one that is not there is an error
suppress_warnings = ["misc.highlighting_failure"]  # TOML with a comment that Pygments does not know

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
# Types of other projects, whose inventories are not fetched, types that have no page since they are private, and what
# is imported for types alone, which stands in signatures without its module.
nitpick_ignore_regex = [
    ("py:.*", r"(torch|hypothesis|collections|typing|types|pathlib|enum)\..*"),
    ("py:.*", r"grader\.(?!suite\.\w+$|\w+$).*"),
    ("py:.*", r"[A-Z]\w*"),
]


def add_what_sphinx_needs(app: Sphinx, page: str, source: list[str]) -> None:
    """Complete the text of a page."""
    text = re.sub(r"\]\(\.\./", f"]({FILES}/", source[0])
    if page == "index":
        names = re.findall(r"^- .*?\]\((\w+)\.md\)", text, re.MULTILINE)
        text += "\n```{toctree}\n:hidden:\n\n" + "\n".join(names) + "\n```\n"
    if page == "api":
        text += "\n".join(directives(door) for door in DOORS)
    source[0] = text


def directives(door: Any) -> str:
    """What has autodoc write of a door: its names, then its modules, each below a heading."""
    named = {name: getattr(door, name) for name in door.__all__ if not name.startswith("__")}
    modules = [thing for thing in named.values() if inspect.ismodule(thing)]
    lines = [f"\n## Names of `{door.__name__}`\n\n```{{eval-rst}}\n.. currentmodule:: {door.__name__}\n"]
    lines += [directive(f"{door.__name__}.{name}", thing) for name, thing in named.items() if thing not in modules]
    for module in modules:
        lines.append(f"```\n\n## `{module.__name__}`\n\n```{{eval-rst}}\n.. automodule:: {module.__name__}")
        lines.append(f"   :members: {', '.join(members(module))}\n")
    return "\n".join([*lines, "```\n"])


def directive(name: str, thing: Any) -> str:
    """What has autodoc write of a function or class; constants stand on the page."""
    if is_of_hypothesis(thing):
        return f".. py:data:: {name}\n   :no-index:\n\n   Hypothesis' own ``{thing.__name__}``.\n"
    if inspect.isclass(thing):
        values = "   :undoc-members:\n" if issubclass(thing, enum.Enum) else ""
        return f".. autoclass:: {name}\n   :members:\n{values}"
    return f".. autofunction:: {name}\n" if inspect.isroutine(thing) else ""


def members(module: Any) -> list[str]:
    """The names that a module of the suite offers: those it lists, or else the public ones that it defines."""
    defined = [name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__]
    passed_on = re.findall(r"^from .* import (\w+) as \1$", inspect.getsource(module), re.MULTILINE)
    given = [name for name in passed_on if name not in grader.suite.__all__]
    names = getattr(module, "__all__", [name for name in (*given, *defined) if not name.startswith("_")])
    return [name for name in names if not is_of_hypothesis(getattr(module, name))]


def is_of_hypothesis(thing: object) -> bool:
    """Whether it comes from there."""
    return getattr(thing, "__module__", "").startswith("hypothesis")


def as_restructured_text(app: Sphinx, kind: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Docstrings are plain text with `code` in it, and examples that are indented."""
    made, is_code = [], False
    for line, before in zip(lines, ["", *lines], strict=False):
        if line.startswith("    ") and not before.strip():
            made += [] if is_code else [".. code-block:: python", ""]
            is_code = True
        elif line.strip():
            is_code = False
        made.append(line if is_code else "``".join(escaped(line.split("`"))))
    lines[:] = made


def escaped(parts: list[str]) -> list[str]:
    """The same with what would mean something to reStructuredText taken from every other part, which is no code."""
    return [part if i % 2 else re.sub(r"([*|_])", r"\\\1", part) for i, part in enumerate(parts)]


def setup(app: Sphinx) -> None:
    """Have these called."""
    app.connect("source-read", add_what_sphinx_needs)
    app.connect("autodoc-process-docstring", as_restructured_text)
