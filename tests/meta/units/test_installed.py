"""Assignments that are installed: the package's own, and those that other packages name as entry points."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from grader.assignment import find_assignment, load_assignment
from grader.choosing import all_installed, open_assignment
from grader.errors import AssignmentInvalid, SettingsInvalid
from grader.installed import hidden_folders, installed
from grader.processes.workers import Workers
from grader.sandbox import files, landlock
from tests.meta.fakes import course

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """install(entries): the course is installed beside what is; the folder of its hw4."""
    libraries = tmp_path / "site-packages"

    def run(entries: Mapping[str, str] = course.GOOD) -> Path:
        folder = course.install(libraries, entries)
        monkeypatch.syspath_prepend(libraries)
        installed.cache_clear()
        return folder

    yield run
    installed.cache_clear()


def test_entry_point_may_be_a_module_or_a_function(install: Install) -> None:
    hw4 = install({"hw4": "our_course.hw4", "fifth": "our_course:hw5_folder"})
    found = installed()
    assert [*found.folders] == ["hw3", "fifth", "hw4"]
    assert (found.folders["hw4"], found.folders["fifth"]) == (hw4, hw4.parent / "five")
    assert found.problems == ()
    assert open_assignment("fifth").name == "fifth"
    assert open_assignment("hw4").names == ("double", "Linear")


BROKEN = {
    "our_course.hw9": "no module our_course.hw9",
    "no_such_package.hw4": "no_such_package",
    "our_course.empty": "holds no assignment.toml",
    "our_course:fail": "ValueError: not today",
    "our_course:MODULE": "AttributeError",
}


@pytest.mark.parametrize(("value", "reason"), BROKEN.items())
def test_broken_entry_point_is_told_and_breaks_no_other(value: str, reason: str, install: Install) -> None:
    install({"bad": value, "hw4": "our_course.hw4"})
    assert [*installed().folders] == ["hw3", "hw4"]
    (problem,) = installed().problems
    assert problem.startswith(f"the assignment bad = {value} (grader.assignments) can't be used: ")
    assert reason in problem
    with pytest.raises(AssignmentInvalid, match=r"'bad'; pass one of hw3, hw4 or a folder.*can't be used"):
        find_assignment("bad")


def test_broken_file_is_told_and_breaks_no_other(install: Install) -> None:
    (install() / "assignment.toml").write_text("title = ")
    found, (problem,) = all_installed()
    assert [assignment.name for assignment in found] == ["hw3"]
    assert "our_course/hw4/assignment.toml can't be read" in problem


def test_name_that_is_taken_is_told_with_the_folder(install: Install) -> None:
    folder = install({"hw3": "our_course.hw4"})
    assert installed().folders["hw3"] != folder
    (problem,) = installed().problems
    assert problem.endswith(f"has that name; pass --assignment {folder} for it")


def test_without_a_name_the_only_one_is_found_and_of_several_none(install: Install) -> None:
    assert open_assignment(None).name == "hw3"
    install()
    with pytest.raises(AssignmentInvalid, match="several assignments are installed; pass --assignment with one of hw3"):
        open_assignment(None)


def test_suite_among_the_libraries_is_hidden_from_workers(install: Install) -> None:
    folder = install()
    assert folder in hidden_folders()
    rules = dict(files.rules([], hidden_folders()))
    assert folder.parent / "__init__.py" in rules
    assert not any(folder.is_relative_to(path) and access == landlock.READ for path, access in rules.items())
    assert not any(path.is_relative_to(folder) for path in rules)


def test_unknown_data_set_is_refused_with_the_known_ones(install: Install) -> None:
    folder = install()
    (folder / "assignment.toml").write_text(f'data = ["cifar"]\n{course.TABLE}')
    with pytest.raises(
        AssignmentInvalid, match=r"data names 'cifar', which is no file in .*; those are mnist, CIFAR10"
    ):
        load_assignment(folder)
    (folder / "assignment.toml").write_text(f'data = ["mnist", "MNIST", "mnist"]\nneeded_mib = 300\n{course.TABLE}')
    assert load_assignment(folder).data == ("mnist",)
    assert load_assignment(folder).needed_mib == 300


def test_workers_that_can_not_read_the_assignment_s_data_are_refused(workers: Workers) -> None:
    workers.require(["mnist"])
    with pytest.raises(SettingsInvalid, match=r"the workers can't read cifar; open them with open_workers"):
        workers.require(["mnist", "cifar"])
