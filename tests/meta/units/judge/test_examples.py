"""The examples of a check: the seed and the name decide which, and nothing else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from grader.judge.examples import configure_examples, same_examples_anywhere


def drawn(name: str, seed: int, examples: int = 20) -> list[int]:
    """What a check of that name is given."""
    found: list[int] = []

    @settings(max_examples=3)
    @given(number=st.integers())
    def check(number: int) -> None:
        found.append(number)

    configure_examples(check, name, seed, examples)
    with same_examples_anywhere():
        check()
    return found


def test_same_seed_draws_the_same() -> None:
    assert drawn("test_a", 1) == drawn("test_a", 1)


def test_seed_and_name_of_the_check_decide() -> None:
    assert drawn("test_a", 1) != drawn("test_a", 2)
    assert drawn("test_a", 1) != drawn("test_b", 1)


def test_number_of_examples_is_the_callers_whatever_the_check_says() -> None:
    assert len(drawn("test_a", 1, examples=20)) == 20


def test_function_without_examples_is_left_alone() -> None:
    def check() -> None:
        pass

    configure_examples(check, "check", 0, 10)
    assert vars(check) == {}
