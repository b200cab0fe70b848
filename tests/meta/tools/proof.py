"""hw3 with its proof: a folder for `gradebook check` with all mutants and variants, which are written in Python here.

    python -m tests.meta.tools.proof FOLDER [--train none|own|all]

It extends hw3, and has a reference of its own whose trainings take less time. none: the parts, with all variants; there
are no epochs, since a whole file is executed for some of the checks that fail. own: the mutants of a training alone,
with a smaller network. all: everything, with that network.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from grader.doctor.equivalents import Equivalent, read_equivalents
from grader.doctor.examination import Training
from grader.provenance import EQUIVALENTS, MUTANTS, VARIANTS
from tests.meta import mutants, variants
from tests.meta.measures.homework import hw3, reference_of, smaller

NAME: Final = "hw3"  # of the folder, as of what is handed in
ASSIGNMENT: Final = 'extends = "hw3"\nreference = "reference.py"\n'


def write(folder: Path, train: Training) -> list[str]:
    """Make the folder; the names of its mutants and variants. train: see above."""
    assignment = hw3()
    reference = reference_of(assignment)
    trained = {question.name for question in assignment.questions if question.background}
    has_epochs = train is not Training.NONE

    def is_asked(questions: Iterable[str]) -> bool:
        return train is Training.ALL or has_epochs == bool(trained & {*questions})

    for part in (folder / MUTANTS, folder / VARIANTS):
        part.mkdir(parents=True)
    (folder / "assignment.toml").write_text(ASSIGNMENT, encoding="utf-8")
    _write(folder / "reference.py", smaller(reference, train=has_epochs))
    for mutant in mutants.all_mutants():
        if is_asked(mutant.questions):
            _write(folder / MUTANTS / f"{mutant.name}.py", _wrong(mutant, reference, train=has_epochs))
    for variant in variants.all_variants():
        if train is not Training.OWN:
            source = smaller(variants.apply(reference, variant), train=has_epochs)
            _write(folder / VARIANTS / f"{variant.name}.py", source)
    listed = read_equivalents(Path(mutants.__file__).with_name(EQUIVALENTS))
    kept = [_equivalent(entry) for entry in listed if is_asked(entry.questions)]
    _write(folder / EQUIVALENTS, "\n".join(kept))
    return [path.stem for part in (MUTANTS, VARIANTS) for path in sorted((folder / part).iterdir())]


def _wrong(mutant: mutants.Mutant, reference: str, *, train: bool) -> str:
    """The mutant as a file of its own; what it loses stands below, where it moves no line."""
    source = smaller(mutants.apply(reference, mutant), train=train)
    said = {
        "mistake": " ".join(mutant.mistake.split()),
        "loses": ", ".join(mutant.questions),
        "verdict": mutant.verdict,
    }
    return "\n".join([source, *(f"# {key}: {text}" for key, text in said.items()), ""])


def _equivalent(entry: Equivalent) -> str:
    table = {
        "questions": sorted(entry.questions),
        "inside": entry.inside,
        "before": entry.before,
        "after": [*entry.after],
        "reason": entry.reason,
    }
    return "\n".join(["[[equivalent]]", *(f"{key} = {json.dumps(value)}" for key, value in table.items()), ""])


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def main() -> None:
    """Make the folder that the command line names."""
    parser = argparse.ArgumentParser(description="make a folder that `gradebook check` proves hw3 by")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--train", type=Training, choices=[*Training], default=Training.ALL, help="see above")
    arguments = parser.parse_args()
    write(arguments.folder, arguments.train)


if __name__ == "__main__":
    main()
