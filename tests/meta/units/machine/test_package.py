"""Where the grader is: frames of its functions and the files that it brings are found below that folder."""

from pathlib import Path

import grader
from grader.machine.package import PACKAGE
from grader.report.text import clean


def test_package_is_the_folder_that_was_imported() -> None:
    assert grader.__file__ is not None
    assert Path(grader.__file__).parent == PACKAGE  # unresolved: a link to the package stays one


def test_functions_of_the_harness_are_told_by_that_folder_and_others_are_not() -> None:
    def own() -> None: ...

    assert Path(clean.__code__.co_filename).is_relative_to(PACKAGE)
    assert not Path(own.__code__.co_filename).is_relative_to(PACKAGE)


def test_files_that_the_package_brings_are_below_it() -> None:
    for name in ("report/scorecard.schema.json", "report/report.html.j2", "py.typed"):
        assert (PACKAGE / name).is_file(), name
