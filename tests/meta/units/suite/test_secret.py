"""Secrets: nobody can know them before they are told, nor from what another submission was told."""

from __future__ import annotations

from grader.suite.secret import LENGTH, Secret


def test_each_is_another_one() -> None:
    assert len({Secret().text for _ in range(100)}) == 100
    assert len(Secret().text) == 2 * LENGTH


def test_renewed_one_is_another_with_the_same_beginning() -> None:
    secret = Secret("_")
    before = secret.text
    secret.renew()
    assert secret.text != before
    assert secret.text[0] == before[0] == "_"
