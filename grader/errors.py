"""The exceptions of the grader. A message is the value plus the next step."""

from __future__ import annotations


class GraderError(Exception):
    """Something the caller can mend. The command prints it on one line and exits with 2 (WorkerStartFailed: 3)."""


class SubmissionNotFound(GraderError):
    """No file at the path that was given."""


class SubmissionUnreadable(GraderError):
    """There is something at the path, but it can't be read as a submission."""


class AssignmentInvalid(GraderError):
    """The assignment's folder or its assignment.toml is not as it should be."""


class SettingsInvalid(GraderError):
    """An option has a value that makes no sense for this assignment."""


class IsolationMissing(GraderError):
    """The machine can't hold the workers as firmly as the caller requires."""


class WorkerStartFailed(GraderError):
    """No worker could be started: the grader's own fault or the machine's, never the student's. Exits with 3."""
