"""How a silent run looks at what has come: all of one message at once, and not again at what has passed before.

The same numbers come of the same seed, so most answers to a paper of an exam are the same to the last bit for most
submissions. An answer is known by a digest of the whole frame. It is not looked at again where its looks saw nothing
but the values in it, and left nothing: they need no other message, show nothing, have no secret to compare with, and
the worker had no more to say. A look is held for a function of these values: what it kept for a later one, against the
rules for authors, would be kept of some submissions alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grader.boundary.messages import Ran
from grader.judge.exam import PaperPart
from grader.processes.worker import Worker
from grader.scorecard import Untold

MOST_KNOWN: Final = 100  # answers to one message: of a class, most are the same


def look(part: PaperPart, worker: Worker) -> None:
    """Wait for the answer to its message, and look at it. Raises Untold and CheckEnded."""
    known = part.known
    digest, envelope = worker.receive_unless(known.digests if known else None)
    if envelope is None:
        return
    ran, shown = envelope.answer, known.shown.count if known else 0
    look_at(part, ran.values if isinstance(ran, Ran) and ran.raised is None else None)
    if known:
        part.leave()  # the looks at other answers must not need these values: they may never come
        if not envelope.sightings and known.shown.count == shown and len(known.digests) < MOST_KNOWN:
            known.digests.add(digest)


def look_at(part: PaperPart, values: Sequence[object] | None) -> None:
    """Look at the values of one message; none: it was not answered with values. Raises Untold."""
    if values is None or len(values) != len(part.snapshots):
        raise Untold
    for snapshot, content in zip(part.snapshots, values, strict=True):
        snapshot.arrive(content)
    try:
        for look in part.looks:
            look()
    except Exception:
        raise Untold from None
