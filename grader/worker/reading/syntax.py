"""What Python has against the whole program."""

from __future__ import annotations

from grader.boundary.syntax import SyntaxProblem
from grader.worker.reading.parsing import compiled, parse, plain
from grader.worker.reading.program import Program
from grader.worker.reading.text import pointed_at


def problem_of(program: Program) -> SyntaxProblem | None:
    """What keeps the whole program from being read, or None."""
    try:
        parse(program.text.source)
        if not program.text.spans:  # the cells of a notebook have been compiled one by one
            compiled(plain(program.text.source).body, "submission")
    except SyntaxError as error:
        code = pointed_at(error, program.text.source)
        return SyntaxProblem(file=program.file, line=max(error.lineno or 0, 0), text=str(error.msg)[:200], code=code)
    except (RecursionError, MemoryError, ValueError) as error:
        return SyntaxProblem(file=program.file, line=0, text=f"{type(error).__name__}: {error}"[:200], code="")
    return None
