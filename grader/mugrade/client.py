"""The protocol of a MuGrade server: three calls, over verified TLS, each tried a few times.

The key stands in the address of each request, since the protocol wants it there. So nothing that is told, logged or
raised here contains an address, and what the server says is shown without the key.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from grader.errors import GraderError, SettingsInvalid

SERVER: Final = "https://api.mugrade.org/"
TIMEOUT_S: Final = 30.0
PAUSES_S: Final = (1.0, 3.0, 9.0)  # between the tries of one call
MOST_BYTES: Final = 1 << 20  # of an answer
MOST_SHOWN: Final = 200  # characters of what the server says
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class MugradeFailed(GraderError):
    """The server can't be reached, refuses, or answers what is not of the protocol."""


class _Passing(Exception):
    """A failure that may be gone at the next try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where to send, for which homework, and in whose name."""

    homework: str
    key: str = field(repr=False)
    server: str = SERVER

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Account:
        """From MUGRADE_KEY, MUGRADE_HW and MUGRADE_SERVER. Raises SettingsInvalid."""
        for name, what in (("MUGRADE_KEY", "your key"), ("MUGRADE_HW", 'the homework, such as "Homework 3"')):
            if not environment.get(name, "").strip():
                raise SettingsInvalid(f"the environment variable {name} is not set; set it to {what}")
        server = environment.get("MUGRADE_SERVER", "").strip() or SERVER
        return cls(
            homework=environment["MUGRADE_HW"].strip(), key=environment["MUGRADE_KEY"].strip(), server=_checked(server)
        )

    @property
    def host(self) -> str:
        """The server's name, for messages."""
        return urllib.parse.urlsplit(self.server).netloc

    def hidden(self, text: str) -> str:
        """The text, on one line, with nothing of the key in it."""
        quote = urllib.parse.quote
        for form in {self.key, quote(self.key, safe=""), quote(self.key), urllib.parse.quote_plus(self.key)}:
            text = text.replace(form, "***")
        if self.key in urllib.parse.unquote(text) or self.key in urllib.parse.unquote_plus(text):
            return "***"
        return " ".join(text.split())[:MOST_SHOWN]


def _checked(server: str) -> str:
    """The server's address with a slash at its end. A key is sent in the clear to no other machine."""
    try:
        parts = urllib.parse.urlsplit(server)
        is_loopback, _ = parts.hostname in _LOOPBACK, parts.port
    except ValueError:
        raise SettingsInvalid("MUGRADE_SERVER is no address; set it to one such as https://api.mugrade.org/") from None
    if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingsInvalid("MUGRADE_SERVER is no plain address; set it to one such as https://api.mugrade.org/")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback):
        raise SettingsInvalid("MUGRADE_SERVER must begin with https://: your key would be sent in the clear")
    return server if server.endswith("/") else f"{server}/"


class Client:
    """Calls a server. `wait` is called with seconds between two tries."""

    def __init__(
        self, account: Account, *, wait: Callable[[float], object] = time.sleep, timeout_s: float = TIMEOUT_S
    ) -> None:
        self.account = account
        self._wait = wait
        self._timeout_s = timeout_s
        handlers: list[urllib.request.BaseHandler] = [
            _NoRedirects(),
            urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        ]
        if urllib.parse.urlsplit(account.server).hostname in _LOOPBACK:
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)

    def start(self, problem: str) -> str | int:
        """Begin a submission for that problem. Its number on the server."""
        answer = self._call("submit", {"assignment": self.account.homework, "problem": problem})
        number = answer.get("submission_id") if isinstance(answer, dict) else None
        if type(number) is int or (type(number) is str and len(number) <= MOST_SHOWN):
            return number
        raise self._nonsense("submit")

    def send(self, submission: str | int, index: int, value: object) -> bool:
        """Send one answer, encoded. Whether the server finds it right."""
        answer = self._call("submit_test", {"submission_id": submission, "test_case_index": index}, value)
        correct = answer.get("correct") if isinstance(answer, dict) else None
        if type(correct) is not bool:
            raise self._nonsense("submit_test")
        return correct

    def publish(self, problem: str, values: Sequence[object]) -> None:
        """Make these values, encoded, the expected ones of that problem."""
        self._call("publish", {"assignment": self.account.homework, "problem": problem}, list(values))

    def _call(self, name: str, query: Mapping[str, object], *body: object) -> Any:
        account, tries = self.account, len(PAUSES_S) + 1
        data = json.dumps(body[0], allow_nan=False).encode() if body else b""
        address = f"{account.server}{name}?{urllib.parse.urlencode({'user_key': account.key, **query})}"
        request = urllib.request.Request(
            address, data=data, method="POST", headers={"Content-Type": "application/json"}
        )
        problem = ""
        for pause in (*PAUSES_S, None):
            try:
                text = self._once(request)
                break
            except _Passing as passing:
                problem = str(passing)
            if pause is None:
                raise MugradeFailed(f"{account.host} {problem}, {tries} times; try again later")
            self._wait(pause)
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise self._nonsense(name) from None

    def _once(self, request: urllib.request.Request) -> bytes:
        """The text of the answer. No exception from below goes further: it may hold the address."""
        account = self.account
        refused: MugradeFailed | _Passing
        try:
            with self._opener.open(request, timeout=self._timeout_s) as response:
                text: bytes = response.read(MOST_BYTES + 1)
            if len(text) <= MOST_BYTES:
                return text
            refused = MugradeFailed(f"{account.host} gave an answer that is too long; check MUGRADE_SERVER")
        except urllib.error.HTTPError as error:
            refused = self._refusal(error)
        except TimeoutError:
            refused = _Passing(f"did not answer within {self._timeout_s:g} s")
        except (OSError, http.client.HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, ssl.SSLCertVerificationError):
                refused = MugradeFailed(f"the certificate of {account.host} can't be verified; nothing was sent")
            elif isinstance(reason, TimeoutError):
                refused = _Passing(f"did not answer within {self._timeout_s:g} s")
            else:
                refused = _Passing(f"can't be reached ({account.hidden(type(reason).__name__)})")
        raise refused from None

    def _refusal(self, error: urllib.error.HTTPError) -> MugradeFailed | _Passing:
        account, status = self.account, error.code
        try:
            said = account.hidden(error.read(MOST_BYTES).decode("utf-8", "replace"))
        except (OSError, http.client.HTTPException):
            said = ""
        told = f"answered {status}" + (f": {said}" if said else "")
        if status in _PASSING:
            return _Passing(told)
        advice = "check MUGRADE_KEY" if status in (401, 403) else "check MUGRADE_HW and MUGRADE_SERVER"
        return MugradeFailed(f"{account.host} {told}; {advice}")

    def _nonsense(self, name: str) -> MugradeFailed:
        return MugradeFailed(f"{self.account.host} answered {name} with something else; check MUGRADE_SERVER")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An answer that sends elsewhere is an error: the key goes to the server that was named."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        """None: don't follow."""
