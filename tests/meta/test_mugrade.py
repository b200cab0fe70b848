"""Answers are sent to a server of MuGrade's protocol, and expected values published on it; the key stays with it."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import socket
import ssl
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import trustme

from grader import cli, mugrade_suite, notebook
from grader.assignment import Assignment
from grader.errors import SettingsInvalid
from grader.judge.grading import Grading
from grader.mugrade import answers, client
from grader.mugrade.client import PAUSES_S, Account, Client, MugradeFailed
from grader.mugrade.encoding import encoded
from grader.processes import workers as workers_module
from grader.processes.workers import Workers
from grader.sandbox import environment
from grader.settings import Effort, Settings
from grader.submission import read_submission
from tests.meta.mugrade_server import Server, running

STAFF, STUDENT = "staff-key/with+odd & characters", "student-key/with+odd & characters"
PARTS = ("Linear", "CrossEntropyLoss", "SGD", "DataLoader", "epoch", "TwoLayerNN", "MultiLayerNN")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "mugrade.sqlite", {STAFF: "staff", STUDENT: "Ada"}) as running_server:
        yield running_server


class Waited(list[float]):
    """The seconds of each wait, in place of waiting."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client_of(server: Server, key: str = STUDENT, timeout_s: float = 30.0) -> tuple[Client, Waited]:
    waited = Waited()
    account = Account(homework="Homework 3", key=key, server=server.address)
    return Client(account, wait=waited, timeout_s=timeout_s), waited


# --- the protocol -----------------------------------------------------------------------------------------------------


def test_published_values_are_what_answers_are_compared_with(server: Server) -> None:
    staff, _ = client_of(server, STAFF)
    staff.publish("Linear", [encoded(torch.ones(2, 1)), 3, encoded(torch.nn.Parameter)])
    student, waited = client_of(server)
    number = student.start("Linear")
    sent = (encoded(torch.ones(2, 1)), 4, encoded(torch.nn.Parameter))
    assert [student.send(number, index, value) for index, value in enumerate(sent)] == [True, False, True]
    assert server.rows("SELECT user, homework, problem FROM submissions") == [("Ada", "Homework 3", "Linear")]
    assert server.rows("SELECT test_case, correct FROM results") == [(0, 1), (1, 0), (2, 1)]
    assert waited == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (torch.tensor([[1.0, 2.5]]), {"_encoded_type": "np.ndarray", "data": [[1.0, 2.5]]}),
        (torch.tensor(3), {"_encoded_type": "np.ndarray", "data": 3}),
        (torch.tensor([float("nan"), 1.0]), {"_encoded_type": "np.ndarray", "data": [None, 1.0]}),
        (torch.zeros(200_000), None),
        (float, {"_encoded_type": "type", "data": "<class 'float'>"}),
        ((1, [True, None, "a", 0.5]), [1, [True, None, "a", 0.5]]),
        (float("inf"), None),
        (np.float64(1.5), 1.5),
        ("x" * 5000, "x" * 1000),
        ({"a": 1}, None),
        (object(), None),
    ],
    ids=str,
)
def test_values_have_a_form_in_json(value: object, expected: object) -> None:
    assert encoded(value) == expected
    json.dumps(encoded(value), allow_nan=False)


def test_lists_without_end_have_one() -> None:
    endless: list[Any] = []
    endless.append(endless)
    json.dumps(encoded(endless))


def test_busy_server_is_asked_again_after_longer_and_longer_waits(server: Server) -> None:
    server.failures = [(500, "oops"), (503, "busy")]
    staff, waited = client_of(server, STAFF)
    staff.publish("Linear", [1])
    assert waited == list(PAUSES_S[:2])
    assert server.rows("SELECT value FROM expected") == [("[1]",)]


def test_server_that_keeps_failing_is_given_up(server: Server) -> None:
    server.failures = [(500, f"trouble with {STUDENT}")] * 9
    student, waited = client_of(server)
    with pytest.raises(MugradeFailed, match=r"answered 500: trouble with \*\*\*, 4 times; try again later") as caught:
        student.start("Linear")
    assert waited == list(PAUSES_S)
    assert_hidden(caught.value)


def test_server_that_is_down_is_told(server: Server) -> None:
    with contextlib.closing(socket.socket()) as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        waited = Waited()
        student = Client(Account(homework="h", key=STUDENT, server=address), wait=waited)
        with pytest.raises(MugradeFailed, match=r"can't be reached \(ConnectionRefusedError\), 4 times") as caught:
            student.start("Linear")
    assert waited == list(PAUSES_S)
    assert_hidden(caught.value)


def test_server_that_is_slow_is_told(server: Server) -> None:
    server.waits = threading.Event()
    student, waited = client_of(server, timeout_s=0.05)
    with pytest.raises(MugradeFailed, match=r"did not answer within 0.05 s, 4 times") as caught:
        student.start("Linear")
    assert waited == list(PAUSES_S)
    assert_hidden(caught.value)


REFUSED: dict[str, tuple[int, str, str]] = {
    "wrong key": (403, f"no user {STUDENT}", r"answered 403: no user \*\*\*; check MUGRADE_KEY"),
    "key in a form of its own": (404, "no x" + STUDENT.replace("-", "%2d"), r"answered 404: \*\*\*; check"),
    "wrong homework": (404, "unknown", r"answered 404: unknown; check MUGRADE_HW and MUGRADE_SERVER"),
    "sent elsewhere": (302, "http://127.0.0.1:9/", r"answered 302"),
    "sent elsewhere as it is": (307, "http://127.0.0.1:9/", r"answered 307"),
    "no JSON": (200, "<html>", "answered submit with something else"),
    "nested too deeply": (200, "[" * 100_000, "answered submit with something else"),
    "no number": (200, '{"submission_id": [1]}', "answered submit with something else"),
    "other JSON": (200, "[]", "answered submit with something else"),
    "too long": (200, " " * ((1 << 20) + 1), "answer that is too long"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_answer_that_makes_no_sense_is_told_at_once(name: str, server: Server) -> None:
    status, text, told = REFUSED[name]
    server.failures = [(status, text)]
    student, waited = client_of(server)
    with pytest.raises(MugradeFailed, match=told) as caught:
        student.start("Linear")
    assert (waited, server.calls) == ([], ["/submit"])
    assert_hidden(caught.value)


def test_correct_must_be_true_or_false(server: Server) -> None:
    server.failures = [(200, '{"correct": 1}')]
    with pytest.raises(MugradeFailed, match="answered submit_test with something else"):
        client_of(server)[0].send(1, 0, 2)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """The only one that signs certificates, as this machine sees it."""
    known, path = trustme.CA(), tmp_path / "authority.pem"
    known.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "no-others"))
    return known


def over_tls(server: Server, certificate: trustme.LeafCert) -> tuple[Client, Waited]:
    """A client of the server, which now speaks TLS and shows that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    waited = Waited()
    address = server.address.replace("http:", "https:")
    return Client(Account(homework="Homework 3", key=STUDENT, server=address), wait=waited), waited


def test_server_with_a_known_certificate_is_asked(server: Server, authority: trustme.CA) -> None:
    client_of(server, STAFF)[0].publish("Linear", [1])
    student, _ = over_tls(server, authority.issue_cert("127.0.0.1"))
    assert student.start("Linear") == 1


@pytest.mark.parametrize("wrong", ["signed by a stranger", "of another name", "expired"])
def test_server_without_a_good_certificate_gets_nothing(wrong: str, server: Server, authority: trustme.CA) -> None:
    certificate = {
        "signed by a stranger": lambda: trustme.CA().issue_cert("127.0.0.1"),
        "of another name": lambda: authority.issue_cert("api.mugrade.org"),
        "expired": lambda: authority.issue_cert("127.0.0.1", not_after=datetime.datetime(2020, 1, 1)),
    }[wrong]()
    student, waited = over_tls(server, certificate)
    with pytest.raises(MugradeFailed, match="can't be verified; nothing was sent") as caught:
        student.start("Linear")
    assert (waited, server.calls) == ([], [])
    assert_hidden(caught.value)


def assert_hidden(error: BaseException) -> None:
    """Nothing of the key, in any form, in the error or in what led to it."""
    import traceback

    told = "".join(traceback.format_exception(error))
    assert "student-key" not in told
    assert error.__cause__ is None


# --- the environment --------------------------------------------------------------------------------------------------


def test_account_comes_from_the_environment() -> None:
    account = Account.read({"MUGRADE_KEY": " k ", "MUGRADE_HW": "Homework 3"})
    assert account == Account(homework="Homework 3", key="k", server="https://api.mugrade.org/")
    assert "k'" not in repr(account)
    told = {"MUGRADE_KEY": "k", "MUGRADE_HW": "h", "MUGRADE_SERVER": "https://example.org/mugrade"}
    assert Account.read(told).server == "https://example.org/mugrade/"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"MUGRADE_KEY": " "}, "MUGRADE_KEY is not set"),
        ({"MUGRADE_HW": ""}, "MUGRADE_HW is not set"),
        ({"MUGRADE_SERVER": "http://example.org/"}, "must begin with https"),
        ({"MUGRADE_SERVER": "http://localhost.example.org/"}, "must begin with https"),
        ({"MUGRADE_SERVER": "file:///etc/passwd"}, "no plain address"),
        ({"MUGRADE_SERVER": "https://user:word@example.org/"}, "no plain address"),
        ({"MUGRADE_SERVER": "https://example.org:x/"}, "is no address"),
    ],
)
def test_what_is_missing_or_unsafe_is_told(changed: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsInvalid, match=told):
        Account.read({"MUGRADE_KEY": "k", "MUGRADE_HW": "h"} | changed)


def test_key_is_in_no_environment_of_a_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MUGRADE_KEY", STUDENT)
    given = environment.worker_environment(tmp_path)
    assert "MUGRADE_KEY" not in given
    assert STUDENT not in given.values()


# --- the command ------------------------------------------------------------------------------------------------------

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(server: Server, workers: Workers, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`grade` in this process: run(key, *arguments) -> (status, all that was printed)."""

    @contextlib.contextmanager
    def opened() -> Iterator[Workers]:
        yield workers

    def call(key: str, *arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(workers_module, "open_workers", opened)
        monkeypatch.setattr(client, "PAUSES_S", ())
        monkeypatch.setattr(sys, "argv", ["grade", *map(str, arguments), "--effort", "quick"])
        account = {"MUGRADE_KEY": key, "MUGRADE_HW": "Homework 3", "MUGRADE_SERVER": server.address}
        monkeypatch.setattr(os, "environ", {**os.environ, **account})
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out + captured.err

    return call


SPY = """
import os
print("SPY", sorted(os.environ), open("/proc/self/environ").read())
raise ValueError(str(dict(os.environ)))
"""


def test_right_answers_are_found_right_and_wrong_ones_wrong(
    run: Run, server: Server, reference_source: str, tmp_path: Path, assignment: Assignment
) -> None:
    some = [part for name in ("Linear", "SGD") for part in ("--only", name)]
    status, said = run(STAFF, assignment.reference, "--publish", "mugrade", *some)
    assert (status, "Linear: 3 expected values are on 127.0.0.1" in said) == (0, True), said
    path, scorecard = tmp_path / "student.py", tmp_path / "scorecard.json"
    wrong = reference_source.replace("p -= self.learning_rate * p.grad", "p += self.learning_rate * p.grad")
    path.write_text(wrong.replace("\nclass SGD", f"{SPY}\n\nclass SGD"))
    status, said = run(STUDENT, path, "--submit", "mugrade", "--verbose", "--json", scorecard, *some)
    assert status == 1
    assert "Linear: 127.0.0.1" in said
    assert "finds 3 of 3 answers right" in said
    assert "finds 1 of 5 answers right" in said
    assert server.rows("SELECT problem, sum(correct) FROM submissions JOIN results ON id = submission GROUP BY id") == [
        ("Linear", 3),
        ("SGD", 1),
    ]
    for text in (said, scorecard.read_text()):
        assert "student-key" not in text
        assert "MUGRADE" not in text


def test_what_loses_points_is_not_published(run: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "student.py").write_text("class Linear:\n    def forward(self, X):\n        pass\n")
    status, said = run(STAFF, tmp_path / "student.py", "--publish", "mugrade", "--only", "Linear")
    assert (status, server.calls) == (2, [])
    assert "grade: nothing is published: student.py loses points on Linear" in said
    status, said = run(STUDENT, tmp_path / "student.py", "--submit", "mugrade", "--only", "Linear")
    assert (status, server.calls) == (1, [])
    assert "Linear: nothing is sent, since Linear is not written yet" in said


def test_wrong_key_is_one_line_without_it(run: Run, assignment: Assignment) -> None:
    status, said = run("student-key/unknown", assignment.reference, "--submit", "mugrade", "--only", "Linear")
    assert status == 2
    assert said.splitlines()[-1].endswith("answered 403: no user has the key ***; check MUGRADE_KEY")
    assert "student-key" not in said


def test_nothing_is_graded_for_a_call_that_can_not_be_sent(run: Run, server: Server, assignment: Assignment) -> None:
    status, said = run("", assignment.reference, "--submit", "mugrade")
    assert (status, said.count("\n"), "MUGRADE_KEY is not set" in said) == (2, 1, True)
    status, said = run(STAFF, assignment.reference, "--submit", "mugrade", "--publish", "mugrade")
    assert (status, "exclude each other" in said) == (2, True)


# --- the answers ------------------------------------------------------------------------------------------------------

Collect = Callable[..., dict[str, answers.Answers]]


@pytest.fixture
def collect(assignment: Assignment, workers: Workers, tmp_path: Path) -> Collect:
    def run(source: str, *questions: str) -> dict[str, answers.Answers]:
        (tmp_path / "student.py").write_text(source)
        cases, only = answers.load_cases(assignment), assignment.select(questions)
        settings = Settings(only=only, effort=Effort.QUICK)
        with Grading(read_submission(tmp_path / "student.py"), assignment, settings, workers) as grading:
            grading.start(only)
            return {found.question: found for found in answers.collect(grading, cases, only)}

    return run


MISTAKES = {
    "Linear": ("X @ self.weight.T ", "-X @ self.weight.T "),
    "CrossEntropyLoss": (".mean()", ".sum()"),
    "SGD": ("p.grad.zero_()", "pass"),
    "DataLoader": ("        self.start = 0\n", "        pass\n"),
    "epoch": ("* len(y)  #", " #"),
    "TwoLayerNN": ("torch.relu(self.linear1(X))", "self.linear1(X)"),
    "MultiLayerNN": ("X = torch.relu(linear(X))", "X = linear(X)"),
}


def test_each_mistake_changes_an_answer_of_its_question(collect: Collect, reference_source: str) -> None:
    right = collect(reference_source)
    assert {found.problem for found in right.values()} == {""}
    assert right["eval_linear_model"].values == right["eval_two_layer_nn"].values == (True, [10000, 10])
    source = reference_source
    for old, new in MISTAKES.values():
        assert old in source
        source = source.replace(old, new, 1)
    wrong = collect(source, *PARTS)
    for name in PARTS:
        assert wrong[name].values != right[name].values, name
        assert len(wrong[name].values) == len(right[name].values), name


def test_answers_end_where_the_submission_fails(collect: Collect, parts_source: str) -> None:
    source = parts_source.replace("return X @ self.weight.T", "return X.mm(self.weight.T)")
    found = collect(source, "Linear")["Linear"]
    assert len(found.values) == 1
    assert found.problem.startswith("Linear(5, 3)(<tensor 2x4x5>) raised RuntimeError")


def test_value_that_the_cases_do_not_expect_ends_the_answers_alone(
    assignment: Assignment, workers: Workers, tmp_path: Path, parts_source: str
) -> None:
    def submit_broken(submission: Any) -> Iterator[object]:
        yield 1
        raise TypeError("about the submission's value")

    (tmp_path / "student.py").write_text(parts_source)
    with Grading(read_submission(tmp_path / "student.py"), assignment, Settings(only=("SGD",)), workers) as grading:
        grading.start(["SGD"])
        (found,) = answers.collect(grading, {"SGD": submit_broken}, ["SGD"])
    assert (found.values, found.problem) == ((1,), "its answers can't be computed (TypeError)")


def test_what_the_rules_forbid_is_not_answered(collect: Collect, parts_source: str) -> None:
    source = parts_source.replace("return X @ self.weight.T", "return torch.nn.functional.linear(X, self.weight)")
    found = collect(source, "Linear")["Linear"]
    assert found.values == ()
    assert "uses torch.nn.functional.linear" in found.problem


def test_object_that_claims_to_equal_all_is_no_answer(collect: Collect, parts_source: str) -> None:
    source = (
        parts_source + "\nclass Yes(torch.Tensor):\n    pass\n\nLinear.forward = lambda self, X: X.as_subclass(Yes)\n"
    )
    assert collect(source, "Linear")["Linear"].values[0] is None


# --- the other way round ----------------------------------------------------------------------------------------------


def test_suite_has_two_functions_for_each_question(assignment: Assignment) -> None:
    names: dict[str, Any] = {}
    exec("from grader.mugrade_suite import *", names)
    expected = {f"{kind}_{name}" for kind in ("test", "submit") for name in assignment.names}
    assert names.keys() - {"__builtins__"} == expected
    with pytest.raises(ImportError):
        exec("from grader.mugrade_suite import test_Lineer", {})


def test_suite_tells_lost_points_by_an_assertion(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    seen: list[object] = []

    def check_here(question: str) -> notebook.Shown:
        asked.append(question)
        checks: list[Any] = []
        score = 12 if len(asked) == 1 else 9
        return notebook.Shown({"questions": [{"name": question, "score": score, "max_score": 12, "checks": checks}]})

    monkeypatch.setattr(notebook, "check_here", check_here)
    monkeypatch.setattr(notebook, "show", seen.append)
    mugrade_suite.test_Linear(object)
    with pytest.raises(AssertionError, match="Linear loses points"):
        mugrade_suite.test_Linear(object)
    assert asked == ["Linear", "Linear"]
    assert len(seen) == 2


def test_suite_hands_encoded_answers_to_the_courses_client(
    monkeypatch: pytest.MonkeyPatch, parts_source: str, tmp_path: Path
) -> None:
    given: list[Any] = []
    course = types.ModuleType("mugrade")
    course.submit = given.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mugrade", course)
    (tmp_path / "hw3.py").write_text(
        "from grader.mugrade_suite import *\nfrom grader import check_here\n" + parts_source
    )

    @contextlib.contextmanager
    def session_file() -> Iterator[Path]:
        yield tmp_path / "hw3.py"

    monkeypatch.setattr(notebook, "session_file", session_file)
    mugrade_suite.submit_Linear(object)
    assert [value["_encoded_type"] for value in given] == ["np.ndarray", "np.ndarray", "type"]
    assert given[0]["data"][0] == [-3.625, -3.375, -3.125]
    monkeypatch.setitem(sys.modules, "mugrade", None)
    with pytest.raises(mugrade_suite.AnswersMissing, match="run: grade PATH --submit mugrade"):
        mugrade_suite.submit_Linear(object)
