"""A page for each student to send back, in the folders and under the names that the platform takes them by."""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from grader.gradebook.showing import told
from grader.gradebook.standing import Standing
from grader.report.text import clean, points

_ATTACHMENT: Final = re.compile(r"^(.+_\d+_|(?:LATE_)?anon_[A-Za-z0-9]+_)(\d+)_", re.S)
MOST_BYTES: Final = 200  # of a folder's name, of the 255 that file systems take
_UNSAFE: Final = re.compile(r'[\x00-\x1f/\\:*?"<>|]')


def pages(standings: Sequence[Standing], page_of: Callable[[Standing], str]) -> Iterator[tuple[PurePosixPath, str]]:
    """The path and the page of everybody who has handed something in; no two have one path, in whatever case."""
    handed = [standing for standing in standings if standing.row.label]
    taken = Counter(str(place(standing)).casefold() for standing in handed)
    for standing in handed:
        path = place(standing)
        if taken[str(path).casefold()] > 1:
            mark = hashlib.sha256(f"{standing.row.label}\0{standing.student}".encode()).hexdigest()[:8]
            path = path.with_name(f"{mark}-{path.name}")
        yield path, with_changes(page_of(standing) or plain(standing), standing)


def place(standing: Standing) -> PurePosixPath:
    """Canvas: beside the attachment, as it is called there. Others: a folder for each student.

    Of a group's work, each of it has a file of their own: what an instructor has set may differ.
    """
    row = standing.row
    if row.layout == "canvas" and row.files:
        first = PurePosixPath(min(row.files.values())).name
        if match := _ATTACHMENT.match(first):
            return PurePosixPath(f"{match[0]}feedback.html")
    folder = _short(_UNSAFE.sub("_", row.label).strip(". ")) or "student"
    own = "" if row.layout != "gradescope" else f"{_short(_UNSAFE.sub('_', standing.student))}-"
    return PurePosixPath(folder, f"{own}feedback.html")


def _short(name: str) -> str:
    """As many bytes as a file system takes; a long name stays one of its own."""
    raw = name.encode("utf-8", "surrogateescape")
    if len(raw) <= MOST_BYTES:
        return name
    mark = hashlib.sha256(raw).hexdigest()[:8]
    return f"{raw[: MOST_BYTES - len(mark) - 1].decode('utf-8', 'ignore')}-{mark}"


def with_changes(page: str, standing: Standing) -> str:
    """The page of the grading, with what instructors have set and said above it."""
    lines = list[str]()
    for question in standing.questions:
        if question.change:
            value = f"{points(question.score)} of {points(question.max_score)}"
            lines.append(f"{question.name}: {value}{told(question.change, question.computed)}")
    if lines:
        lines.append(f"Score with this: {points(standing.score)} of {points(standing.max_score)}")
    lines += [f"{comment.who}, {comment.at}: {comment.text}" for comment in standing.comments]
    if not lines:
        return page
    block = "".join(f"<p>{html.escape(clean(line))}</p>" for line in lines)
    return re.sub(r"<body[^>]*>", lambda body: f"{body[0]}\n<section>{block}</section>", page, count=1)


def plain(standing: Standing) -> str:
    """A page for who has none: what became of it, and why."""
    reason = html.escape(clean(standing.reason))
    outcome = html.escape(standing.outcome.replace("_", " "))
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">{policy}<title>{outcome}</title></head>\n'
        f"<body>\n<h1>{outcome}</h1>\n<p>{reason}</p>\n</body>\n</html>\n"
    )
