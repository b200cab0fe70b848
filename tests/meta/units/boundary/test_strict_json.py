"""JSON of headers: what is written already is sent as it is; what is not strict is refused."""

from __future__ import annotations

import json

import pytest

from grader.boundary.strict_json import AsJson, as_json, read, write

VALUE = [None, True, 3, "a \u00e4 \U0001f600", {"key": [1, {"b": ""}]}]


@pytest.mark.parametrize("trusted", [True, False])
def test_value_that_is_written_already_arrives_as_one_that_is_not(trusted: bool) -> None:
    written = write({"a": as_json(VALUE), "b": VALUE, 'a "key"': 0})
    assert written == write({"a": VALUE, "b": VALUE, 'a "key"': 0})
    assert read(written, trusted=trusted) == {"a": VALUE, "b": VALUE, 'a "key"': 0}
    assert write({}) == b"{}"


def test_text_is_no_value_that_is_written_already() -> None:
    assert read(write({"a": "[1]"}), trusted=False) == {"a": "[1]"}
    assert read(write({"a": AsJson("[1]")}), trusted=False) == {"a": [1]}


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_number_that_json_lacks_is_not_written(number: float) -> None:
    for header in ({"a": number}, {"a": [number]}):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write(header)


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":1}', '{"a":1.5}', '{"a":NaN}', f'{{"a":{"1" * 21}}}', '{"a":"\\ud800"}', '{"a":"\\uDfff"}', "{"],
)
def test_what_is_not_strict_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read(text.encode(), trusted=False)


def test_endless_nesting_is_refused() -> None:
    with pytest.raises((ValueError, RecursionError)):
        read(b"[" * 100_000, trusted=False)


def test_escaped_pair_is_a_letter() -> None:
    assert read(json.dumps("\U0001f600").encode(), trusted=False) == "\U0001f600"
