"""What the judge needs of pytest's insides: a test that says what a new version broke."""

import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

PLACE = "_pytest.runner"
SEE = f"pytest {pytest.__version__} has changed: see grader/judge/pytest_run.py, which runs one item by "


@pytest.fixture
def run_item() -> Any:
    """The function that the judge takes from pytest's insides."""
    found = getattr(importlib.import_module(PLACE), "runtestprotocol", None)
    assert found is not None, f"{SEE}{PLACE}.runtestprotocol, which is not there"
    return found


class RunsTwice:
    """A plugin that runs each item twice."""

    def __init__(self, run_item: Any) -> None:
        self.phases: list[tuple[str, str]] = []
        self._run_item = run_item

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in session.items * 2:
            reports = self._run_item(item, log=False)
            self.phases += [(report.when, report.outcome) for report in reports]
        return True


def test_one_item_can_be_run_by_itself(run_item: Any) -> None:
    parameters = [*inspect.signature(run_item).parameters]
    assert parameters[:2] == ["item", "log"], f"{SEE}runtestprotocol(item, log=False); it takes {parameters}"


def test_item_that_was_run_by_itself_can_be_run_again(run_item: Any, tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_a(tmp_path):\n    assert tmp_path.exists()\n")
    twice = RunsTwice(run_item)
    pytest.main([str(tmp_path), "--rootdir", str(tmp_path), "-q", "-pno:cacheprovider"], plugins=[twice])
    phases = [(when, "passed") for when in ("setup", "call", "teardown")] * 2
    assert twice.phases == phases, f"{SEE}runtestprotocol: it gave {twice.phases}"
