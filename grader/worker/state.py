"""What a worker holds of its one submission."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch

from grader.worker.guard import Guard
from grader.worker.recorder import Recorder
from grader.worker.telling import Lines


class Script(NamedTuple):
    """The requests of one message as code: see grader.worker.scripts."""

    function: Callable[..., None]
    tensors: Sequence[torch.Tensor]  # that belong to it; what is asked gets copies


@dataclass(slots=True)
class State:
    """The submission's namespace, and the objects that the judge has handles for, by number."""

    guard: Guard = field(default_factory=Guard)
    namespace: dict[str, Any] = field(default_factory=dict)
    objects: dict[int, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)  # what the assignment's parts.py defines, of this example
    of_judge: set[int] = field(default_factory=set)  # numbers of those that come from the judge's own use of torch
    recorder: Recorder = field(default_factory=lambda: Recorder(()))
    lines: Lines = field(default_factory=dict)
    scripts: Sequence[Script] = ()  # what may be asked by its number
