"""What judge and worker say to each other: frozen records that write and read themselves.

A message goes to the worker, its answer comes back; both are a JSON header and tensors (see grader.boundary.wire).
What comes from the worker is hostile: an answer is read here, once, and whatever is malformed raises ProtocolError. So
behind this module everything has the type that it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

import torch

from grader.boundary import checked, wire
from grader.boundary.owners import Lines
from grader.boundary.places import Places
from grader.boundary.requests import Request
from grader.boundary.rules import MAX_CLAIMS, Rules
from grader.boundary.source import Found, LostCell, read_lost_cell, read_syntax_problem
from grader.boundary.strict_json import AsJson, as_json
from grader.boundary.syntax import SyntaxProblem
from grader.boundary.values import Once, Raised, pack_result, unpack_result
from grader.boundary.wire import Json, ProtocolError, Tensors

MAX_PROBLEMS: Final = 20  # statements that raised, of one execution
MAX_LOST: Final = 50  # cells of a notebook that can't be read

Written = tuple[dict[str, Json], Sequence[torch.Tensor]]
A_co = TypeVar("A_co", bound="Answer", covariant=True)


class Sighting(NamedTuple):
    """A banned use that the worker saw. It is the worker's word, and costs nobody but its own submission.

    line: of the executed text; 0: not known. functions: outermost names of the student's functions that were running,
    the innermost first.
    """

    line: int
    name: str
    functions: tuple[str, ...]


# --- messages and their answers ---------------------------------------------------------------------------------------


class Answer(Protocol):
    """What the worker says, as it is read."""

    def write(self) -> Written:
        """Header and tensors."""

    @classmethod
    def read(cls, header: Mapping[str, Json], tensors: Tensors) -> Answer:
        """Raises ProtocolError for anything that `write` does not give."""


class Message(Protocol[A_co]):
    """What the judge says."""

    @property
    def answer(self) -> type[A_co]:
        """The kind of answer that belongs to it."""

    def write(self) -> Written:
        """Header and tensors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The values that were asked for, in order, up to the request that raised. Further values need no look."""

    values: tuple[object, ...] = ()
    raised: Raised | None = None
    at: int = -1  # the place of the request that raised; -1: the answer itself could not be sent
    size: int = 0  # bytes of the tensors in it

    def write(self) -> Written:
        """Used in tests: the worker packs values while it runs, and writes with `written`."""
        tensors: Tensors = []
        return self.written([pack_result(value, tensors, str) for value in self.values], tensors, self.raised, self.at)

    @staticmethod
    def written(packed: Sequence[Json], tensors: Tensors, raised: Raised | None, at: int) -> Written:
        """An answer with values that are packed already."""
        return {"values": packed, "raised": raised and raised.write(), "at": at}, tensors

    @classmethod
    def read(cls, header: Mapping[str, Json], tensors: Tensors) -> Ran:
        """Raises ProtocolError."""
        once = Once(tensors)
        try:
            values = tuple(unpack_result(packed, once) for packed in checked.a_list(header.get("values")))
        except RecursionError as error:
            raise ProtocolError(str(error)) from error
        told, size = header.get("raised"), sum(tensor.nbytes for tensor in tensors)
        raised = None if told is None else Raised.read(told)
        return cls(values=values, raised=raised, at=checked.an_int(header.get("at")), size=size)


@dataclass(frozen=True, slots=True)
class Run:
    """Do these requests in order; the first that raises ends them."""

    requests: Sequence[Request]
    tensors: Sequence[torch.Tensor] = ()
    written: AsJson | None = None  # the requests, where they are written already
    answer: ClassVar[type[Ran]] = Ran

    def write(self) -> Written:
        """Header and tensors."""
        return {"kind": "run", "requests": self.requests if self.written is None else self.written}, self.tensors

    def for_many(self) -> Run:
        """The same, to be sent many times: it is written once."""
        return Run(self.requests, self.tensors, as_json(self.requests))

    @classmethod
    def read(cls, header: Mapping[str, Json], tensors: Tensors) -> Run:
        """In the worker, which believes the judge."""
        return cls([Request(*request) for request in header["requests"]], tensors)


@dataclass(frozen=True, slots=True)
class Play:
    """Do the requests of that script, which the process had before it was a worker: see grader.worker.scripts."""

    script: int
    secrets: Sequence[str] = ()  # the texts that it has no more than a place for
    answer: ClassVar[type[Ran]] = Ran

    def write(self) -> Written:
        """Header and tensors."""
        return {"kind": "play", "script": self.script, "secrets": [*self.secrets]}, ()

    @classmethod
    def read(cls, header: Mapping[str, Json], tensors: Tensors) -> Play:
        """In the worker, which believes the judge."""
        return cls(header["script"], header["secrets"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The top-level statements that raised."""

    problems: tuple[Raised, ...] = ()

    def write(self) -> Written:
        """Header and tensors."""
        return {"problems": [problem.write() for problem in self.problems[:MAX_PROBLEMS]]}, ()

    @classmethod
    def read(cls, header: Mapping[str, Json], tensors: Tensors) -> Loaded:
        """Raises ProtocolError."""
        return cls(problems=tuple(map(Raised.read, checked.a_list(header.get("problems"))[:MAX_PROBLEMS])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Execute the chosen top-level statements."""

    file: str  # as tracebacks show it
    source: str
    siblings: Mapping[str, str]  # the other Python files, by path
    beside: Mapping[str, bytes] = field(default_factory=dict)  # files to be in the working folder
    indices: tuple[int, ...] | None  # of the statements; None: all
    stand_ins: tuple[str, ...] = ()  # names that known-good parts take the place of
    stand_in_source: str = ""  # no more than is asked for: the submission can read whatever its process holds
    records: tuple[str, ...] = ()  # functions whose results are kept
    harmless_modules: tuple[str, ...] = ()
    rules: Rules = field(default_factory=Rules)
    seed: int = 0
    lines: Lines | None = None  # who answers for banned code in which lines
    answer: ClassVar[type[Loaded]] = Loaded

    def write(self) -> Written:
        """Header and tensors."""
        header = {
            "kind": "load",
            "file": self.file,
            "indices": None if self.indices is None else list(self.indices),
            "stand_ins": list(self.stand_ins),
            "records": list(self.records),
            "harmless_modules": list(self.harmless_modules),
            "rules": self.rules.as_dict(),
            "seed": self.seed,
            "beside": list(self.beside),
        }
        lines = self.lines.as_json() if self.lines else ""
        texts = (self.source, json.dumps(self.siblings), self.stand_in_source, lines)
        return header, [*map(wire.text, texts), *map(wire.text, self.beside.values())]

    @classmethod
    def read(cls, header: Mapping[str, Json], tensors: Tensors) -> Load:
        """In the worker, which believes the judge."""
        source, siblings, stand_in_source, lines = map(checked.string_in, tensors[:4])
        return cls(
            file=header["file"],
            source=source,
            siblings=json.loads(siblings),
            beside=_files(header["beside"], tensors[4:]),
            indices=None if header["indices"] is None else tuple(header["indices"]),
            stand_ins=tuple(header["stand_ins"]),
            stand_in_source=stand_in_source,
            records=tuple(header["records"]),
            harmless_modules=tuple(header["harmless_modules"]),
            rules=Rules.from_dict(header["rules"]),
            seed=header["seed"],
            lines=Lines.from_json(lines) if lines else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What the source says. One of the first three is set where it can't be read."""

    unreadable: str = ""
    too_large: bool = False
    syntax_problem: SyntaxProblem | None = None
    questions: Mapping[str, Found] = field(default_factory=dict)
    lost: tuple[LostCell, ...] = ()
    dynamic: tuple[tuple[int, int], ...] = ()  # lines of statements that execute strings
    source: str = ""  # the text that is executed
    places: Places = field(default_factory=lambda: Places(file=""))  # where its lines stand
    siblings: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, bytes] = field(default_factory=dict)  # files of those names that are to be in working folders
    choice: str = ""  # why it is that file of a folder or archive

    def write(self) -> Written:
        """Header and tensors."""
        problem = self.syntax_problem
        header = {
            "unreadable": self.unreadable,
            "too_large": self.too_large,
            "syntax_problem": problem and [problem.file, problem.line, problem.text, problem.code],
            "questions": {name: found.write() for name, found in self.questions.items()},
            "lost": [[cell.line, cell.text, cell.code, cell.questions] for cell in self.lost[:MAX_LOST]],
            "dynamic": self.dynamic,
            "beside": list(self.beside),
            "choice": self.choice,
        }
        texts = (self.source, self.places.as_json(), json.dumps(self.siblings))
        return header, [*map(wire.text, texts), *map(wire.text, self.beside.values())]

    @classmethod
    def read(cls, header: Mapping[str, Json], tensors: Tensors) -> Inspected:
        """Raises ProtocolError."""
        if len(tensors) < 3:
            raise ProtocolError("it sent another number of texts")
        try:
            source, places, siblings = tensors[:3]
            beside = checked.a_table(json.loads(checked.json_in(siblings)))
            return cls(
                unreadable=checked.a_text(header.get("unreadable")),
                too_large=checked.a_bool(header.get("too_large")),
                syntax_problem=read_syntax_problem(header.get("syntax_problem")),
                questions={name: Found.read(found) for name, found in checked.a_table(header.get("questions")).items()},
                lost=tuple(map(read_lost_cell, checked.a_list(header.get("lost"))[:MAX_LOST])),
                dynamic=checked.lines(header.get("dynamic")),
                source=checked.string_in(source),
                places=Places.from_json(checked.json_in(places)),
                siblings={name: checked.a_text(text) for name, text in beside.items()},
                beside=_files(header.get("beside"), tensors[3:]),
                choice=checked.a_text(header.get("choice")),
            )
        except (TypeError, ValueError, RuntimeError, LookupError, ArithmeticError, AttributeError) as error:
            raise ProtocolError(f"what it says of the source is malformed: {str(error)[:80]}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """Say what the source says. Nothing of it is executed."""

    form: str
    files: Sequence[tuple[str, bytes]]  # name and content
    entry: str  # the file to grade; nothing: the one that defines most questions
    questions: tuple[str, ...]
    needs: Mapping[str, Sequence[str]]
    asked: Mapping[str, Sequence[str]]  # by question: the methods that the homework asks for
    rules: Rules
    files_beside: tuple[str, ...] = ()  # that are told of with the Python, where they are there
    answer: ClassVar[type[Inspected]] = Inspected

    def write(self) -> Written:
        """Header and tensors."""
        header = {
            "kind": "inspect",
            "form": self.form,
            "entry": self.entry,
            "questions": list(self.questions),
            "needs": {name: list(needed) for name, needed in self.needs.items()},
            "asked": {name: list(methods) for name, methods in self.asked.items()},
            "rules": self.rules.as_dict(),
            "files_beside": list(self.files_beside),
        }
        names = json.dumps([name for name, _ in self.files])
        return header, [wire.text(names), *(wire.text(content) for _, content in self.files)]

    @classmethod
    def read(cls, header: Mapping[str, Json], tensors: Tensors) -> Inspect:
        """In the worker, which believes the judge."""
        names, *contents = tensors
        files = zip(
            json.loads(checked.string_in(names)), (tensor.numpy().tobytes() for tensor in contents), strict=True
        )
        return cls(
            form=header["form"],
            files=tuple(files),
            entry=header["entry"],
            questions=tuple(header["questions"]),
            needs=header["needs"],
            asked=header["asked"],
            rules=Rules.from_dict(header["rules"]),
            files_beside=tuple(header["files_beside"]),
        )


def _files(names: Json, tensors: Tensors) -> dict[str, bytes]:
    """Files by name, with their content. Raises ProtocolError."""
    told = [checked.a_text(name) for name in checked.a_list(names)]
    if len(told) != len(tensors) or len({*told}) != len(told) or any(t.dtype is not torch.uint8 for t in tensors):
        raise ProtocolError("files are malformed")
    return {name: tensor.numpy().tobytes() for name, tensor in zip(told, tensors, strict=True)}


def too_large(message: Heard) -> Written:
    """In the worker: the answer to a message whose true answer is larger than a frame."""
    raised = Raised("TooLarge", "the result is too large to be looked at", ())
    match message:
        case Inspect():
            return Inspected(too_large=True).write()
        case Load():
            return Loaded(problems=(raised,)).write()
        case Run() | Play():
            return Ran.written([], [], raised, -1)


Heard: TypeAlias = Inspect | Load | Run | Play
MESSAGES: Final[Mapping[str, type[Heard]]] = {"inspect": Inspect, "load": Load, "run": Run, "play": Play}


def read_message(header: Mapping[str, Json], tensors: Tensors) -> Heard:
    """In the worker: what the judge says."""
    return MESSAGES[header["kind"]].read(header, tensors)


# --- frames -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Envelope(Generic[A_co]):
    """An answer as it came: to which message, and what the worker saw of banned uses meanwhile."""

    answer: A_co
    sightings: tuple[Sighting, ...]


def write_message(message: Message[Any], number: int) -> Written:
    """number: exactly one answer has it."""
    header, tensors = message.write()
    return {**header, "number": number}, tensors


def write_answer(written: Written, number: int, sightings: Sequence[Sighting]) -> Written:
    """In the worker: the answer to the message of that number."""
    header, tensors = written
    seen = {"seen": [list(sighting) for sighting in sightings]} if sightings else {}
    return {**header, **seen, "number": number}, tensors


def read_answer(kind: type[A_co], number: int, header: Mapping[str, Json], tensors: Tensors) -> Envelope[A_co]:
    """The answer to the message of that number. Raises ProtocolError."""
    if header.get("number") != number:
        raise ProtocolError("it answered what it was not asked")
    seen = header.get("seen", [])
    if type(seen) is list and len(seen) > MAX_CLAIMS:  # ours tells one of each owner
        raise ProtocolError(f"it told more than {MAX_CLAIMS} banned uses")
    found = tuple(filter(None, map(_sighting, seen))) if type(seen) is list else ()
    answer: Any = kind.read(header, tensors)
    return Envelope(answer, found)


def _sighting(told: Json) -> Sighting | None:
    """One that makes no sense is left out: what else came with it counts."""
    match told:
        case [int(line), str(name), list(functions)] if type(line) is int:
            return Sighting(line, name, tuple(f for f in functions if type(f) is str))
    return None
