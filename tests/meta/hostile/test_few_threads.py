"""Where the user may have few threads, one who takes all of them takes them from nobody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from grader.machine.processors import threads_of_user

MORE: Final = 16  # than the user has: the judge's own, those of a grading's processes, and a few
GRADE: Final = ("-c", "from grader.cli import main; main()")
TAKES_ALL: Final = """

def trained(model):
    import threading
    done, started = threading.Event(), []
    try:
        while True:
            started.append(threading.Thread(target=done.wait, daemon=True))
            started[-1].start()
    except RuntimeError:
        pass
    done.wait(1)  # while the other checks are answered
    return model

linear_model = trained(Linear(784, 10))
two_layer_model = trained(TwoLayerNN(784, 100, 10))
"""


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() == 0, reason="the number of threads is limited for ordinary users of Linux"
)
def test_training_that_takes_all_threads_costs_no_other_check(parts_source: str, tmp_path: Path) -> None:
    import resource

    file, card = tmp_path / "hw3.py", tmp_path / "card.json"
    file.write_text(parts_source + TAKES_ALL)
    most = threads_of_user() + MORE
    done = subprocess.run(
        [sys.executable, *GRADE, file, "--effort", "quick", "--json", card],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (most, most)),
        capture_output=True,
        text=True,
    )
    assert card.exists(), done.stderr
    questions = json.loads(card.read_text())["questions"]
    lost = {
        (question["name"], check["verdict"])
        for question in questions
        for check in question["checks"]
        if not check["score"]
    }
    assert lost == {("eval_linear_model", "failed"), ("eval_two_layer_nn", "failed")}, done.stdout
