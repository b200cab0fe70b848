"""The protocol of MuGrade, spoken with a server of it: what it refuses is told, and the key stays with it."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from pathlib import Path

import pytest
import torch
import trustme

from grader.errors import SettingsInvalid
from grader.mugrade.client import PAUSES_S, Account, Client, MugradeFailed
from grader.mugrade.encoding import encoded
from grader.sandbox import environment
from tests.meta.fakes.mugrade_server import Server
from tests.meta.units.mugrade.conftest import STAFF, STUDENT


class Waited(list[float]):
    """The seconds of each wait, in place of waiting."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client_of(server: Server, key: str = STUDENT, timeout_s: float = 30.0) -> tuple[Client, Waited]:
    waited = Waited()
    account = Account(homework="Homework 3", key=key, server=server.address)
    return Client(account, wait=waited, timeout_s=timeout_s), waited


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
