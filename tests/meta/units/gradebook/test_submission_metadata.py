"""Gradescope's metadata: the same people as a reader of all YAML finds."""

import io

import pytest
from ruamel.yaml import YAML

from grader.gradebook.submission_metadata import submitters

TRICKY = r"""---
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: '9001'
    :email: ada@b.edu
  - :name: 'O''Neil: the "second"'
    :email: on@b.edu
  :created_at: 2024-09-21 23:11:09.123456000 Z
  :score: 44.0
  :results:
    score: 1
    output: |
      :submitters:
      - :name: Mallory
      submission_7:
    tests:
    - name: a
      output: "  :submitters:\n  - :name: Mallory"
  :history:
  - :id: 3
    :submitters:
    - :name: Mallory
submission_2:
  :submitters:
  - :name: "J\xF6rg \"J\" M\u00FCller \U0001F600\e"
    :sid: "007"
submission_4:
  :submitters: []
  :score:
12345.pdf:
  :submitters:
  - :email: x@b.edu
    :name: A name that is so long that it goes on and on and is folded at eighty columns by
      the library
"""


def of_all_yaml(text: str) -> dict[str, list[dict[str, str]]]:
    loaded = YAML(typ="safe", pure=True).load(io.StringIO(text))
    names = {":name": "name", ":sid": "sis_id", ":email": "email"}
    return {
        key: [{names[field]: value for field, value in person.items()} for person in entry[":submitters"]]
        for key, entry in loaded.items()
    }


def test_people_are_those_that_a_reader_of_yaml_finds() -> None:
    assert {key: [*map(dict, people)] for key, people in submitters(TRICKY).items()} == of_all_yaml(TRICKY)


@pytest.mark.parametrize(
    "text", ["", "---\n", "- a\n- b\n", "\x00", "submission_1\n", '"a: b\n', "{a: b}\n", "a:\n  :submitters:\n  - "]
)
def test_what_is_no_metadata_names_nobody(text: str) -> None:
    assert not any(submitters(text).values())


def test_people_in_braces_are_found() -> None:
    text = """submission_3:
  :submitters:
  - {:name: Eve, :sid: '12', :email: "e@b.edu"}
  - {:name: 'Fay, Jr.', :email: f@b.edu}
"""
    assert submitters(text)["submission_3"] == (
        {"name": "Eve", "sis_id": "12", "email": "e@b.edu"},
        {"name": "Fay, Jr.", "email": "f@b.edu"},
    )


MALLORY = "x\n- :name: Bob\n:sid: '222'\n:email: bob@x.edu\n- :name: Eve"


@pytest.mark.parametrize(
    "name",
    [
        "|-\n" + "\n".join(f"      {line}" for line in MALLORY.split("\n")),
        "'x\u2028      - :email: bob@x.edu\u2028      - :name: Eve'",
        "'x\x85  - :email: bob@x.edu'",
    ],
    ids=["lines", "line separator", "next line"],
)
def test_name_makes_no_other_people(name: str) -> None:
    text = f"submission_1:\n  :submitters:\n  - :name: {name}\n    :sid: '1'\n  - :name: Ada\n"
    eve, ada = submitters(text)["submission_1"]
    assert (eve["sis_id"], ada["name"]) == ("1", "Ada")
    assert "email" not in eve


def test_half_a_character_is_replaced() -> None:
    (eve,) = submitters('submission_1:\n  :submitters:\n  - :email: "e\\uD800@x.edu"\n')["submission_1"]
    assert eve["email"] == "e?@x.edu"
