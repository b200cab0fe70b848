"""assignment.toml: what is right is read; what is wrong is refused in one line that names the file and the key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import find_assignment, load_assignment
from grader.errors import AssignmentInvalid, SettingsInvalid
from tests.meta.tools.repository import ROOT

GOOD = """
title = "A homework"
reference = "solution.py"
limit_s = 30

[[question]]
name = "Linear"
[question.checks]
test_forward = 4
test_weight = 2.5

[[question]]
name = "model"
needs = ["Linear"]
limit_s = 90
background = true
settings = { below = 0.1 }
[question.checks]
test_error = 3
"""


def folder(path: Path, text: str = GOOD) -> Path:
    (path / "assignment.toml").write_text(text)
    return path


def test_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "solution.py").touch()
    assignment = load_assignment(folder(tmp_path))
    linear, model = assignment.questions
    assert (assignment.name, assignment.title) == (tmp_path.name, "A homework")
    assert assignment.reference == (tmp_path / "solution.py").resolve()
    assert (linear.points, linear.needs, linear.limit_s, linear.background) == (
        {"test_forward": 4.0, "test_weight": 2.5},
        (),
        30.0,
        False,
    )
    assert (model.needs, model.limit_s, model.background, model.settings) == (("Linear",), 90.0, True, {"below": 0.1})
    assert assignment.names == ("Linear", "model")
    assert assignment.question("model") is model
    with pytest.raises(KeyError):
        assignment.question("other")


def test_reference_that_is_not_installed_is_none(tmp_path: Path) -> None:
    assert load_assignment(folder(tmp_path)).reference is None


def test_the_homework_that_is_shipped_has_100_points() -> None:
    assignment = load_assignment(find_assignment(None))
    assert sum(sum(question.points.values()) for question in assignment.questions) == 100
    assert assignment.names == (
        "Linear",
        "CrossEntropyLoss",
        "SGD",
        "DataLoader",
        "epoch",
        "eval_linear_model",
        "TwoLayerNN",
        "eval_two_layer_nn",
        "MultiLayerNN",
    )


def test_folder_beside_a_submission_is_not_taken_for_an_assignment_that_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its suite would be executed in the judge."""
    (tmp_path / "hw3").mkdir()
    (tmp_path / "hw3" / "assignment.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    assert find_assignment("hw3") == ROOT / "tests" / "hw3"
    for given in ("./hw3", str(tmp_path / "hw3")):
        assert find_assignment(given) == tmp_path / "hw3"


BAD = {
    "no title": ('title = "A homework"', "", "title"),
    "title not text": ('title = "A homework"', "title = 3", "title"),
    "no limit": ("limit_s = 30", "", "limit_s"),
    "limit not a number": ("limit_s = 30", 'limit_s = "long"', "limit_s"),
    "limit of zero": ("limit_s = 30", "limit_s = 0", "limit"),
    "limit that is not a number at all": ("limit_s = 30", "limit_s = nan", "limit"),
    "limit without end": ("limit_s = 30", "limit_s = inf", "limit"),
    "no reference": ('reference = "solution.py"', "", "reference"),
    "reference not text": ('reference = "solution.py"', "reference = 3", "reference"),
    "unknown key at the top": ('reference = "solution.py"', 'reference = "solution.py"\nlimits = 3', "limits"),
    "no name": ('name = "Linear"', "", "name"),
    "name not text": ('name = "Linear"', "name = 3", "name"),
    "no checks": ("[question.checks]\ntest_error = 3", "", "checks"),
    "checks not a table": ("[question.checks]\ntest_error = 3", "checks = 3", "checks"),
    "points not a number": ("test_error = 3", 'test_error = "three"', "test_error"),
    "points below zero": ("test_error = 3", "test_error = -1", "model"),
    "points that are not a number at all": ("test_error = 3", "test_error = nan", "test_error"),
    "points that are a truth value": ("test_error = 3", "test_error = true", "test_error"),
    "needs what is no question": ('needs = ["Linear"]', 'needs = ["Linaer"]', "Linaer"),
    "needs not a list": ('needs = ["Linear"]', 'needs = "Linear"', "needs"),
    "needs itself": ('needs = ["Linear"]', 'needs = ["model"]', "model"),
    "unknown key of a question": ("background = true", "backgruond = true", "backgruond"),
    "background not a truth value": ("background = true", 'background = "no"', "background"),
    "settings not a table": ("settings = { below = 0.1 }", "settings = 3", "settings"),
    "setting not a number": ("{ below = 0.1 }", '{ below = "low" }', "below"),
    "question twice": ('name = "model"', 'name = "Linear"', "Linear"),
    "check twice": ("test_error = 3", "test_forward = 3", "test_forward"),
    "not TOML": ('title = "A homework"', "title = ", "line 2"),
    "question not a list": ("[[question]]", "[question]", "question"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_refused_by_file_and_key(name: str, tmp_path: Path) -> None:
    old, new, key = BAD[name]
    assert old in GOOD
    text = GOOD.replace(old, new)
    if name == "question not a list":
        text = text.split("[question]")[0] + 'question = { name = "Linear" }\n'
    with pytest.raises(AssignmentInvalid) as caught:
        load_assignment(folder(tmp_path, text))
    assert str(tmp_path / "assignment.toml") in str(caught.value)
    assert key in str(caught.value)
    assert "\n" not in str(caught.value)


def test_file_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssignmentInvalid, match="question"):
        load_assignment(folder(tmp_path, GOOD.split("[[question]]")[0]))
    with pytest.raises(AssignmentInvalid, match="question"):
        load_assignment(folder(tmp_path, GOOD.split("[[question]]")[0] + "question = []"))


def test_missing_or_undecodable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssignmentInvalid, match=r"assignment\.toml can't be read"):
        load_assignment(tmp_path)
    (tmp_path / "assignment.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(AssignmentInvalid, match=r"assignment\.toml can't be read"):
        load_assignment(tmp_path)


def test_selection_stands_in_the_order_of_the_homework(tmp_path: Path) -> None:
    assignment = load_assignment(folder(tmp_path))
    assert assignment.select([]) == ("Linear", "model")
    assert assignment.select(["model", "Linear"]) == ("Linear", "model")
    assert assignment.select(["model"]) == ("model",)
    with pytest.raises(
        SettingsInvalid, match=r"no question 'Linaer' in .*; did you mean Linear\? it has Linear, model"
    ):
        assignment.select(["Linaer"])


def test_selection_with_needs_has_what_they_need_too() -> None:
    assignment = load_assignment(find_assignment("hw3"))
    assert assignment.select_with_needs(["TwoLayerNN", "SGD"]) == ("Linear", "SGD", "TwoLayerNN")
    assert assignment.select_with_needs([]) == assignment.names
    with pytest.raises(SettingsInvalid, match="no question 'other'"):
        assignment.select_with_needs(["other"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Linear", "Linear"),
        ("linear", "Linear"),
        ("lin", "Linear"),
        ("sgd", "SGD"),
        ("EPOCH", "epoch"),
        ("Two", "TwoLayerNN"),
    ],
)
def test_question_is_known_in_any_case_and_by_its_beginning(text: str, name: str) -> None:
    assert load_assignment(find_assignment("hw3")).select([text]) == (name,)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("eval", "'eval' is the beginning of eval_linear_model and eval_two_layer_nn; write more of it"),
        ("", "no question '' in hw3; it has Linear, "),
        ("layerNN", "no question 'layerNN' in hw3; did you mean TwoLayerNN? it has Linear, "),
        ("xyz", "no question 'xyz' in hw3; it has Linear, "),
    ],
)
def test_question_that_is_not_known_is_answered_with_what_may_be_meant(text: str, told: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load_assignment(find_assignment("hw3")).select([text])
    assert str(caught.value).startswith(told)


def test_name_that_another_one_begins_with_is_meant_itself(tmp_path: Path) -> None:
    assignment = load_assignment(folder(tmp_path))
    names = tuple(replace(assignment.questions[0], name=name) for name in ("part", "Part", "partition"))
    assignment = replace(assignment, questions=names)
    assert [assignment.named(name) for name in ("part", "Part", "parti")] == ["part", "Part", "partition"]


def test_assignment_is_found_by_folder_by_name_or_as_the_only_one(tmp_path: Path) -> None:
    assert find_assignment(str(folder(tmp_path))) == tmp_path.resolve()
    assert find_assignment("hw3") == find_assignment(None)
    with pytest.raises(AssignmentInvalid, match="no assignment 'hw99'; pass one of hw3"):
        find_assignment("hw99")


@pytest.mark.parametrize("key", ["records", "methods"])
def test_list_of_what_are_no_names_is_refused(tmp_path: Path, key: str) -> None:
    top = 'title = "t"\nreference = "r.py"\nlimit_s = 1\n'
    question = f'[[question]]\nname = "q"\n{key} = [1]\n[question.checks]\ntest_q = 1\n'
    (tmp_path / "assignment.toml").write_text(top + question)
    with pytest.raises(AssignmentInvalid, match=f"{key} lists something that is no name"):
        load_assignment(tmp_path)


def test_files_beside_a_submission_are_named_by_paths_in_its_folder(tmp_path: Path) -> None:
    listed = 'files_beside = ["config.json", "data/x.csv", "config.json"]\n'
    assert load_assignment(folder(tmp_path, listed + GOOD)).files_beside == ("config.json", "data/x.csv")
    assert load_assignment(folder(tmp_path)).files_beside == ()


@pytest.mark.parametrize(
    "name",
    ["", ".", "../x.json", "a/../x.json", "/etc/passwd", "a//x", "x/", "./x", "C:/x", "a\\\\x", "parts.py", "a.IPYNB"],
)
def test_files_beside_a_submission_never_lead_out_of_it_or_to_code(name: str, tmp_path: Path) -> None:
    with pytest.raises(AssignmentInvalid, match="files_beside names"):
        load_assignment(folder(tmp_path, f'files_beside = ["{name}"]\n' + GOOD))


def test_data_may_be_files_of_the_folder_and_what_lies_in_folders_of_it(tmp_path: Path) -> None:
    place = folder(tmp_path, 'data = ["words.txt", "tables", "mnist", "words.txt"]\n' + GOOD)
    (place / "tables" / "deep").mkdir(parents=True)
    for name in ("words.txt", "tables/a.csv", "tables/deep/b.csv"):
        (place / name).write_text("1")
    found = load_assignment(place).data
    assert [entry if isinstance(entry, str) else entry.name for entry in found] == [
        *("words.txt", "tables/a.csv", "tables/deep/b.csv", "mnist")
    ]


@pytest.mark.parametrize(
    "name", ["../words.txt", "none.txt", "assignment.toml", "answers.py", "link.txt", "/etc/hostname"]
)
def test_data_that_leads_elsewhere_or_to_code_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "hw").mkdir()
    place = folder(tmp_path / "hw", f'data = ["{name}"]\n' + GOOD)
    (tmp_path / "words.txt").write_text("1")
    (place / "answers.py").write_text("1")
    (place / "link.txt").symlink_to(tmp_path / "words.txt")
    with pytest.raises(AssignmentInvalid, match="data names"):
        load_assignment(place)


def test_file_is_the_assignment_s_or_the_submission_s(tmp_path: Path) -> None:
    place = folder(tmp_path, 'data = ["words.txt"]\nfiles_beside = ["words.txt"]\n' + GOOD)
    (place / "words.txt").write_text("1")
    with pytest.raises(AssignmentInvalid, match="in data and in files_beside"):
        load_assignment(place)
