"""What a student's machine has and a worker has not: libraries, and files beside the code. Messages say so, first."""

from __future__ import annotations

import ast
import errno
import sys
from collections.abc import Iterator
from typing import Any, Final, NoReturn

# Libraries that compute, so that nothing can stand in for them: an extra of this package installs them.
COMMON: Final = frozenset({"einops"})
_NO_FILE: Final = (
    "no file is there when this is graded but Python that was handed in and what the assignment names, so that it is "
    "the code that is graded: compute or train in it what the file would hold"
)
_NO_ACCESS: Final = "where this is graded, files are read and written in the working folder alone"


def explained(error: BaseException) -> str:
    """The message of the exception, with what is not here. Raises whatever the exception raises when it is shown."""
    if type(error) is ModuleNotFoundError and error.name and error.name.partition(".")[0] not in sys.modules:
        return _no_library(error.name.partition(".")[0])
    text = str(error)
    if isinstance(error, OSError) and type(error).__module__ == "builtins" and error.filename is not None:
        if error.errno == errno.ENOENT:
            return f"{text}; {_NO_FILE}"
        if error.errno == errno.EACCES:
            return f"{text}; {_NO_ACCESS}"
    return text


def _no_library(name: str) -> str:
    how = " (pip install 'torch-homework-grader[common]')" if name in COMMON else ""
    return (
        f"{name} is not installed where this is graded; do without it, or ask whoever grades to install it{how}. "
        f"If {name} is a file of yours, hand it in with this one: as a folder or .zip"
    )


class Absent:
    """Stands under the name of a library that is not installed: whoever uses it is told so, and not of a NameError."""

    def __init__(self, module: str) -> None:
        self._module = module

    def _refuse(self) -> NoReturn:
        raise ModuleNotFoundError(f"No module named {self._module!r}", name=self._module)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # copy and inspection ask for these
            raise AttributeError(name)
        self._refuse()

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Tell so."""
        self._refuse()

    def __getitem__(self, key: object) -> NoReturn:
        self._refuse()


def one_by_one(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statement; of `import a, b` one for each module, so that one which is missing costs none of the others."""
    if not isinstance(statement, ast.Import):
        yield statement
        return
    for alias in statement.names:
        yield ast.copy_location(ast.Import([alias]), statement)


def stand_for(statement: ast.stmt, error: BaseException, namespace: dict[str, Any]) -> None:
    """Bind the names of an import that found no library to what says so when it is used."""
    if type(error) is ModuleNotFoundError and error.name and isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            name = alias.asname or alias.name.partition(".")[0]
            if name != "*":
                namespace.setdefault(name, Absent(error.name))
