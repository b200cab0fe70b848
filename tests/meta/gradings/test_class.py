"""A class is graded by real judges, from end to end: `gradebook` in a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.meta.tools.books import toy_assignment
from tests.meta.tools.toy import RIGHT, WRONG

GRADEBOOK = (sys.executable, "-c", "from grader.gradebook.cli import main; main()")
HANGS = "def double(x):\n    while True:\n        pass\n"


@pytest.fixture
def class_folder(tmp_path: Path) -> Path:
    toy_assignment(tmp_path)
    (tmp_path / "class").mkdir()
    return tmp_path


def arguments(class_folder: Path) -> list[str]:
    places = [str(class_folder / "class"), "--out", str(class_folder / "g"), "--assignment", str(class_folder / "toy")]
    return [*GRADEBOOK, "run", *places, "--jobs", "1"]


def test_class_is_graded_by_real_judges_and_not_again(class_folder: Path) -> None:
    files = {
        "ada_1_11_hw.py": RIGHT,
        "bob_2_12_hw.py": WRONG,
        "cy_3_13_hw.py": "import os\ndef double(x):\n    os.kill(os.getpid(), 9)\n",
        "di_4_14_hw.py": "def (",
        "ed_5_15_hw.zip": "no archive",
    }
    for name, text in files.items():
        (class_folder / "class" / name).write_text(text)
    first = subprocess.run(arguments(class_folder), capture_output=True, text=True, timeout=300)
    assert "5 with work to grade\n" in first.stdout
    assert (first.returncode, first.stderr) in ((0, ""), (1, ""))
    shown = [
        subprocess.run([*GRADEBOOK, "show", name, "-b", str(class_folder / "g")], capture_output=True, text=True).stdout
        for name in ("ada_1", "bob_2", "cy_3", "di_4")
    ]
    assert ["4 of 4 points" in text for text in shown] == [True, False, False, False]
    assert "crashed" in shown[2]
    again = subprocess.run(arguments(class_folder), capture_output=True, text=True, timeout=300)
    assert "5 with work to grade, 5 of them graded already" in again.stdout
    assert not [*(class_folder / "g/tmp").iterdir()]


def test_suite_that_fits_nothing_is_told_and_costs_nobody_anything(class_folder: Path) -> None:
    (class_folder / "class/ada_1_11_hw.py").write_text(RIGHT)
    (class_folder / "class/bob_2_12_hw.py").write_text(RIGHT)
    suite = class_folder / "toy/test_toy.py"
    right = suite.read_text()
    suite.write_text(right.replace('check("double"', 'check("duble"'))
    refused = subprocess.run(arguments(class_folder), capture_output=True, text=True, timeout=300)
    assert refused.returncode == 2
    assert "test_double is a check of 'duble', which is no question of toy; did you mean double?" in refused.stderr
    assert "unreadable" not in refused.stdout + refused.stderr
    suite.write_text(right)
    mended = subprocess.run(arguments(class_folder), capture_output=True, text=True, timeout=300)
    assert (mended.returncode, mended.stderr) == (0, "")
    assert "2 students: 2 graded" in mended.stdout


def test_interrupt_ends_a_run_that_hangs_and_says_how_to_go_on(class_folder: Path) -> None:
    (class_folder / "class/ada.py").write_text(HANGS)
    run = subprocess.Popen(arguments(class_folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert "1 with work to grade" in run.stdout.readline()
    os.kill(run.pid, signal.SIGTERM)  # SIGINT is ignored where the tests run in the background
    _, told = run.communicate(timeout=60)
    assert run.returncode == 143
    assert "What is graded is kept; to go on: " in told
