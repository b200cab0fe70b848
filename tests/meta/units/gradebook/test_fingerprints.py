"""Fingerprints stay where names, layout and comments change."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.gradebook.fingerprints import (
    MAX_LINE,
    MAX_TEXT,
    MAX_TOKENS,
    WINDOW,
    K,
    fingerprint,
    grams,
    is_compared_whole,
    source_of,
    tokens_of,
    winnowed,
)

CODE = '''
def double(x, y=3):
    """Twice."""
    total = 0
    for item in range(x):  # count
        total += item * 2 if item > y else -item
    return total, [a for a in (1, 2) if a]
'''
OTHER = CODE.replace("total", "s").replace("item", "i").replace("# count", "").replace('"""Twice."""', '"""2x."""')


def test_names_comments_docstrings_and_layout_do_not_count() -> None:
    other = OTHER.replace("3", "4").replace("x, y", "n,\n    y").replace("    ", "\t")
    assert [t.kind for t in tokens_of(CODE)] == [t.kind for t in tokens_of(other)]
    assert fingerprint(CODE).hashes == fingerprint(other).hashes


@pytest.mark.parametrize(
    "padded",
    [
        "# x\n" * MAX_TEXT + CODE,
        CODE.replace("# count", "#" + "x" * MAX_LINE),
        f"# {'x' * MAX_LINE}\n" + CODE,
    ],
    ids=["many lines", "end of a line", "one line"],
)
def test_comments_hide_no_code(padded: str) -> None:
    assert [t.kind for t in tokens_of(padded)] == [t.kind for t in tokens_of(CODE)]
    assert is_compared_whole(padded)


def test_more_than_is_compared_is_known() -> None:
    assert not is_compared_whole("x=0\n" * MAX_TOKENS + CODE)
    assert not is_compared_whole(f"'{'x' * MAX_TEXT}'\n" + CODE)
    assert is_compared_whole(f"'{'x' * MAX_TOKENS}'\n" + CODE)


def test_structure_counts() -> None:
    for a, b in (("+=", "-="), (" if item > y else -item", ""), ("for item in range(x)", "while x")):
        assert fingerprint(CODE).hashes != fingerprint(CODE.replace(a, b)).hashes


@given(st.lists(st.integers(0, 9), min_size=WINDOW, max_size=80))
def test_each_window_has_a_kept_hash(hashes: list[int]) -> None:
    places = {place for place, _ in winnowed(hashes)}
    assert all(places & set(range(i, i + WINDOW)) for i in range(len(hashes) - WINDOW + 1))
    assert all(hashes[place] == value for place, value in winnowed(hashes))


def test_hash_is_the_same_in_every_process() -> None:
    kinds = list("abcdefghijklmnopqrs")
    code = f"from grader.gradebook.fingerprints import grams; print(grams({kinds!r}))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[4],
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert runs == {str(grams(kinds))}
    assert len(grams(kinds)) == len(kinds) - K + 1
    assert grams(kinds[: K - 1]) == []


@pytest.mark.parametrize("text", ["", "def (", "'''", "x = (", "\x00", "(" * 5000, "é§ 12 ab if", "\tx\n y\n"])
def test_what_python_cannot_read_costs_nothing(text: str) -> None:
    fingerprint(text)


def test_code_of_a_notebook_is_that_of_its_cells() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["text"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "x = 1\n"]},
        {"cell_type": "code", "source": "!pip install x\ny = 2"},
    ]
    assert source_of("a.ipynb", json.dumps({"cells": cells}).encode()) == "x = 1\ny = 2"
    assert source_of("a.py", "\ufeffx = 1\r\n".encode()) == "x = 1\n"
    for raw in (b"{", b"[]", b'{"cells": 3}', b'{"cells": [{"cell_type": "code", "source": 3}]}', b"[" * 100_000):
        assert source_of("a.ipynb", raw) == ""


def test_line_that_no_person_writes_is_split_into_words() -> None:
    """tokenize looks through an unfinished text again for each of its characters."""
    assert "S" in [token.kind for token in tokens_of(f"x = '{'a' * (MAX_LINE // 2)}'\n")]
    assert "S" not in [token.kind for token in tokens_of(f"x = '{'a' * MAX_LINE}'\n")]
    assert len([*tokens_of("x = 1\n" * (MAX_TEXT // 3))]) <= MAX_TEXT // 2 + 3


def test_half_a_character_of_a_notebook_can_be_written() -> None:
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": ["x = '\ud800'"]}]}).encode()
    assert source_of("a.ipynb", notebook).encode() == b"x = '?'"
