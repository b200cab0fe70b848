"""What was handed in, as one text of statements and the Python files beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from grader.boundary.forms import Form, decode, is_ours
from grader.boundary.places import Places, Span
from grader.worker.reading import choice, folder, jupyter
from grader.worker.reading.parsing import compiled, plain
from grader.worker.reading.text import Text, Unreadable

MAX_SIBLING_BYTES: Final = 8 * 1024 * 1024  # of Python beside the main file: every worker gets it


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is executed: the text, and the Python files beside the main one."""

    file: str  # as tracebacks show it
    text: Text
    siblings: Mapping[str, str]
    beside: Mapping[str, bytes] = field(default_factory=dict)  # files that the assignment brings, by the names it has
    choice: str = ""  # why it is that file, where there are others

    @property
    def places(self) -> Places:
        """Where the lines stand: those of the text, and after them those of each sibling."""
        spans = list(self.text.spans)
        if self.siblings and not spans:
            spans.append(Span(first=1, file=self.file))
        spans += [Span(first=first, file=name) for name, first in first_lines(self.text.source, self.siblings).items()]
        return Places(file=self.file, spans=spans)


def first_lines(source: str, siblings: Mapping[str, str]) -> dict[str, int]:
    """The number that the first line of each sibling has, counted on from the main text."""
    first, found = source.count("\n") + 2, {}
    for name, text in siblings.items():
        found[name] = first
        first += text.count("\n") + 1
    return found


def read(
    form: Form, files: Mapping[str, bytes], entry: str, questions: Sequence[str], wanted: Sequence[str] = ()
) -> Program:
    """The main file as statements in one text. Raises Unreadable, or what Python has against a .py file.

    wanted: names of the files that the assignment brings.
    """
    if form is Form.ARCHIVE:
        files = folder.unpack(next(iter(files.values())), wanted)
    others = {name: data for name, data in files.items() if form is not Form.FILE and not is_ours(PurePosixPath(name))}
    files = {name: data for name, data in files.items() if name not in others}
    chosen = choice.MainFile(next(iter(files), ""))
    if form is not Form.FILE:
        chosen = choice.choose(files, entry, questions, lambda name: _candidate(name, files, questions))
    entry = chosen.file
    siblings: dict[str, str] = {}
    for name in files.keys() - {entry}:
        with contextlib.suppress(ValueError):
            siblings |= {name: decode(files[name])} if name.lower().endswith(".py") else {}
    if sum(len(text) for text in siblings.values()) > MAX_SIBLING_BYTES:
        raise Unreadable(f"holds more than {MAX_SIBLING_BYTES >> 20} MiB of Python; pass the file that you wrote")
    ordered = {name: siblings[name] for name in sorted(siblings)}
    return Program(
        file=entry,
        text=_text_of(files[entry], entry),
        siblings=ordered,
        beside=folder.beside(others, entry, wanted),
        choice=chosen.reason,
    )


def _text_of(data: bytes, file: str) -> Text:
    if file.lower().endswith(".ipynb"):
        return jupyter.text_of(data, file, lambda text: compiled(plain(text).body, file))
    try:
        return Text(source=decode(data))
    except ValueError as error:
        raise Unreadable(f"{file} {error}") from None


def _candidate(name: str, files: Mapping[str, bytes], questions: Sequence[str]) -> choice.Candidate:
    return choice.candidate(_text_of(files[name], name), name, files, questions)
