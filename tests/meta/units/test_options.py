"""What is wrong with an option is told in plain words."""

import pytest
import typer
from typer.testing import CliRunner

from grader.cli import app
from grader.gradebook.cli import app as gradebook
from grader.options import plain


@pytest.mark.parametrize(
    ("command", "arguments", "told"),
    [
        (app, "x.py --effort immense", "'immense' is not one of 'quick', 'standard', 'thorough'"),
        (app, "x.py --require-isolation vault", "'vault' is not one of 'process', 'jail', 'namespaces'"),
        (app, "x.py --submit here", "'here' is not "),
        (app, "x.py --seed x", "'--seed'"),
        (app, "x.py --pass-at all", "'--pass-at'"),
        (gradebook, "gradescope --effort immense", "'immense' is not one of 'quick', 'standard', 'thorough'"),
    ],
)
def test_wrong_value_is_named_without_words_of_the_library(command: typer.Typer, arguments: str, told: str) -> None:
    done = CliRunner().invoke(command, arguments.split())
    assert done.exit_code == 2
    assert told in done.output
    assert "Value error" not in done.output
    assert "Input should" not in done.output


def test_other_messages_stay() -> None:
    assert plain("Value error, 'x' is not 1") == "'x' is not 1"
    assert plain("no such file") == "no such file"
