"""autograder.zip for Gradescope: the grader as it is installed here, one assignment, the two scripts it asks for."""

from __future__ import annotations

import importlib.metadata
import io
import shlex
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from grader.assignment import Assignment
from grader.machine.package import PACKAGE
from grader.provenance import files_of, suite_files
from grader.report import files
from grader.sandbox.tiers import Tier
from grader.settings import Settings

DISTRIBUTION: Final = "torch-homework-grader"
_OF_AUTHORS: Final = "gradebook/new_files/"  # what `gradebook new` begins with, a solution among it
_TIME: Final = (2020, 1, 1, 0, 0, 0)  # of each file: the same contents give the same bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AutograderOptions:
    """How Gradescope runs the grader."""

    limit_s: int = 540  # then what was graded is written
    settings: Settings = field(default_factory=Settings)
    entry: str = ""  # the file of a submission to grade; nothing: the one with most written questions

    @property
    def arguments(self) -> list[str]:
        """What `grade` is called with."""
        return [
            f"--require-isolation={self.settings.require_isolation}",
            f"--seed={self.settings.seed}",
            f"--effort={self.settings.effort}",
            *([f"--entry={self.entry}"] if self.entry else []),
        ]


def write(assignment: Assignment, options: AutograderOptions, target: Path) -> None:
    """Write the archive, whole or not at all. Raises OSError."""
    files.write_bytes(archive(assignment, options), str(target))


def archive(assignment: Assignment, options: AutograderOptions) -> bytes:
    """The bytes of autograder.zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in _contents(assignment, options):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: so that the modes count
            is_script = "/" not in name and data.startswith(b"#!")
            entry.external_attr = (0o100755 if is_script else 0o100644) << 16
            made.writestr(entry, data)
    return file.getvalue()


def _contents(assignment: Assignment, options: AutograderOptions) -> Iterator[tuple[str, bytes]]:
    packages = ["python3", "python3-venv"]
    if options.settings.require_isolation is Tier.NAMESPACES:
        packages.append("bubblewrap")  # makes them
    yield "setup.sh", _script("setup.sh").replace(b"@PACKAGES@", " ".join(packages).encode())
    run = _script("run_autograder").decode()
    run = run.replace("@LIMIT_S@", str(options.limit_s)).replace("@OPTIONS@", shlex.join(options.arguments))
    yield "run_autograder", run.encode()
    yield "requirements.txt", "".join(f"{line}\n" for line in requirements()).encode()
    package = ((name, path) for name, path in files_of(PACKAGE.resolve()) if not name.startswith(_OF_AUTHORS))
    yield from _placed(package, PurePosixPath("package/grader"))
    yield from _placed(suite_files(assignment), PurePosixPath("package/grader/assignments", assignment.name))


def _script(name: str) -> bytes:
    """A script with the line ends that a Unix shell wants, whatever a checkout on Windows has made of them."""
    return (Path(__file__).parent / "gradescope_files" / name).read_bytes().replace(b"\r\n", b"\n")


def _placed(files: Iterable[tuple[str, Path]], into: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    for name, path in files:
        yield str(into / name), path.read_bytes()


def requirements() -> list[str]:
    """What the package needs, as pip reads it; of the checkout where nothing is installed."""
    checkout = PACKAGE.resolve().parent / "pyproject.toml"
    if checkout.is_file():
        listed: list[str] = tomllib.loads(checkout.read_text(encoding="utf-8"))["project"]["dependencies"]
        return listed
    return [line for line in importlib.metadata.requires(DISTRIBUTION) or [] if "extra ==" not in line]
