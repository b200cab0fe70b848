"""What the source of a submission says, before any of it runs."""

from __future__ import annotations

from dataclasses import dataclass

from grader.boundary import checked
from grader.boundary.syntax import SyntaxProblem
from grader.boundary.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the source says about one question."""

    present: bool
    line: int  # where its definition begins; 0: not known
    empty: tuple[str, ...]  # its functions that have no code in them
    written: bool  # one of its functions has code at least
    unwritten: tuple[str, ...]  # methods that the homework asks for and that have no code
    indices: tuple[int, ...]  # of the statements that it needs
    certain: bool  # no statement left out can change what it sees
    uses: tuple[str, ...]  # the questions that its statements use
    banned: tuple[tuple[int, str], ...]  # line and name of each banned use
    own: tuple[tuple[int, int], ...]  # first and last line of each statement that it answers for
    code: str  # a hash of the statements that it needs, whatever their layout

    def write(self) -> Json:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def read(cls, told: Json) -> Found:
        """Raises ProtocolError."""
        table = checked.a_table(told)
        return cls(
            present=checked.a_bool(table.get("present")),
            line=checked.an_int(table.get("line")),
            empty=tuple(map(checked.a_text, checked.a_list(table.get("empty")))),
            written=checked.a_bool(table.get("written")),
            unwritten=tuple(map(checked.a_text, checked.a_list(table.get("unwritten")))),
            indices=tuple(map(checked.an_int, checked.a_list(table.get("indices")))),
            certain=checked.a_bool(table.get("certain")),
            uses=tuple(map(checked.a_text, checked.a_list(table.get("uses")))),
            banned=tuple(
                (checked.an_int(line), checked.a_text(name)) for line, name in checked.pairs(table.get("banned"))
            ),
            own=checked.lines(table.get("own")),
            code=checked.a_text(table.get("code")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LostCell:
    """A cell that Python can't read, and the questions that it would define."""

    line: int
    text: str
    code: str
    questions: tuple[str, ...]


def read_lost_cell(told: Json) -> LostCell:
    """Raises ProtocolError."""
    line, text, code, questions = checked.items(told, 4)
    return LostCell(
        line=checked.an_int(line),
        text=checked.a_text(text),
        code=checked.a_text(code),
        questions=tuple(map(checked.a_text, checked.a_list(questions))),
    )


def read_syntax_problem(told: Json) -> SyntaxProblem | None:
    """Raises ProtocolError."""
    if told is None:
        return None
    file, line, text, code = checked.items(told, 4)
    return SyntaxProblem(
        file=checked.a_text(file), line=checked.an_int(line), text=checked.a_text(text), code=checked.a_text(code)
    )
