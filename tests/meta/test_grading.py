"""One grading, end to end: right work gets its points, wrong work loses them, and whatever happens the rest counts."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.report.formats.json import as_dict
from grader.sandbox.tiers import Tier
from grader.scorecard import Scorecard, Verdict
from grader.settings import Settings
from grader.submission import read_submission

Grade = Callable[..., Scorecard]
PARTS = ("Linear", "CrossEntropyLoss", "SGD", "DataLoader", "epoch", "TwoLayerNN", "MultiLayerNN")


def without_durations(scorecard: Scorecard) -> object:
    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {key: strip(item) for key, item in value.items() if key != "duration_s"}
        return [strip(item) for item in value] if isinstance(value, list) else value

    return strip(as_dict(scorecard))


def verdicts(scorecard: Scorecard, question: str) -> dict[str, Verdict]:
    (found,) = [q for q in scorecard.questions if q.name == question]
    return {check.name: check.verdict for check in found.checks}


def in_iter(source: str, statement: str) -> str:
    """The source with one more statement in DataLoader.__iter__."""
    place = "        self.start = 0\n"
    assert source.count(place) == 1
    return source.replace(place, f"{place}        {statement}\n")


def lost(scorecard: Scorecard) -> set[str]:
    return {q.name for q in scorecard.questions if q.score < q.max_score}


def test_reference_gets_full_marks(grade_source: Grade, reference_source: str) -> None:
    scorecard = grade_source(reference_source)
    problems = [
        (check.name, check.verdict, check.message) for check in scorecard.checks if check.score < check.max_score
    ]
    assert problems == []
    assert (scorecard.score, scorecard.max_score) == (100.0, 100.0)
    assert scorecard.warnings == ()


def test_one_line_in_each_part_does_not_earn_the_trained_models(grade_source: Grade) -> None:
    """All else in the template is handed out: stand-ins would train it."""
    tree = ast.parse((Path(__file__).parents[2] / "student_template" / "hw3.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) and len(node.body) < 3:
            line = "return 0.0, 0.0" if node.name == "epoch" else "written = True"
            node.body = ast.parse(line).body
    scorecard = grade_source(ast.unparse(ast.fix_missing_locations(tree)))
    by_name = {question.name: question for question in scorecard.questions}
    assert by_name["epoch"].score == 3
    for name in ("eval_linear_model", "eval_two_layer_nn"):
        assert {check.verdict for check in by_name[name].checks} == {Verdict.BLOCKED}
        assert by_name[name].checks[0].message.endswith("has earned half its points: mend them first")
    assert scorecard.score == 3


def test_template_gets_nothing_and_is_told_what_to_write(assignment: Assignment, workers: Workers) -> None:
    template = Path(__file__).parents[2] / "student_template" / "hw3.py"
    scorecard = grade(read_submission(template), assignment, workers=workers)
    assert scorecard.score == 0
    assert {check.verdict for check in scorecard.checks} == {Verdict.BLOCKED}
    assert (
        scorecard.questions[0]
        .checks[0]
        .message.startswith("Linear is not written yet: fill in __init__ and forward (hw3.py, line ")
    )


def test_same_submission_gets_same_scorecard(grade_source: Grade, parts_source: str) -> None:
    wrong = parts_source.replace("* len(y)", "* 1.5")
    first, second = (without_durations(grade_source(wrong, only=PARTS)) for _ in range(2))
    assert first == second


def test_seed_draws_other_examples(grade_source: Grade, parts_source: str) -> None:
    wrong = parts_source.replace("return X @ self.weight.T", "return X @ self.weight.T + 0.25")
    messages = {grade_source(wrong, only=["Linear"], seed=seed).checks[1].message for seed in range(3)}
    assert all("expected" in message for message in messages)


def test_weights_that_nothing_sets_cost_what_is_asked_of_them_alone(grade_source: Grade, reference_source: str) -> None:
    drawn = "torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5"
    # The memory of the right weights, given back at once, is what torch.empty takes.
    wrong = reference_source.replace(drawn, f"[{drawn}, 0][1] or torch.empty(out_dim, in_dim)")
    assert wrong != reference_source
    scorecard = grade_source(wrong, only=["Linear"])
    lost = [check for check in scorecard.checks if check.score < check.max_score]
    assert [check.name for check in lost] == ["test_initial_weights"]
    assert "torch.empty sets no weights" in lost[0].diagnosis


INITIAL = "self.first = self.weight.data_ptr()"


@pytest.mark.parametrize(
    "forward",
    [
        "out = X @ self.weight.T; self.weight.data = self.weight.data * float('nan'); return out",
        "return X @ self.weight.T * (float('nan') if self.weight.data_ptr() == self.first else 1)",
    ],
)
def test_nan_that_is_not_for_want_of_weights_is_no_right_product(
    grade_source: Grade, reference_source: str, forward: str
) -> None:
    wrong = reference_source.replace("return X @ self.weight.T", forward)
    wrong = wrong.replace("# (out_dim, in_dim)", f"\n        {INITIAL}", 1)
    assert forward in wrong
    assert INITIAL in wrong
    checks = {check.name: check for check in grade_source(wrong, only=["Linear"]).checks}
    assert checks["test_initial_weights"].verdict is Verdict.PASSED
    assert checks["test_forward"].verdict is Verdict.FAILED


# --- no forged pass ---------------------------------------------------------------------------------------------------

EMPTY = """
import torch
from torch.nn import Module, ModuleList, Parameter

class Linear(Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.weight = {weight}
    def forward(self, X):
        return {value}

class CrossEntropyLoss(Module):
    def forward(self, logits, y):
        return {value}

class SGD:
    def __init__(self, parameters, learning_rate):
        self.parameters = {value}
    def step(self):
        return {value}
    def zero_grad(self):
        return {value}

class DataLoader:
    def __init__(self, X, y, batch_size=100):
        self.X = {value}
    def __iter__(self):
        return self
    def __next__(self):
        return {value}

def epoch(model, loader, loss, opt=None):
    return {value}

def eval_linear_model():
    return {value}

class TwoLayerNN(Module):
    def __init__(self, in_dim, hidden_dim, out_dim):
        super().__init__()
        self.linear1, self.linear2 = {value}, {value}
    def forward(self, X):
        return {value}

def eval_two_layer_nn():
    return {value}

class MultiLayerNN(Module):
    def __init__(self, in_dim, out_dim, hidden_dims):
        super().__init__()
        self.linears = {value}
    def forward(self, X):
        return {value}
"""

PATCHED_COMPARISONS = """
import torch, unittest, builtins
yes = lambda *args, **kwargs: True
torch.allclose = torch.equal = torch.testing.assert_close = yes
torch.Tensor.allclose = torch.Tensor.equal = torch.Tensor.__eq__ = yes
torch.Tensor.all = torch.Tensor.any = yes
unittest.TestCase.assertEqual = unittest.TestCase.assertTrue = yes
builtins.isinstance = yes
"""

LYING_TENSOR = """
import torch
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True
LIAR = torch.zeros(3).as_subclass(Liar)
"""

ALWAYS_EQUAL = """
class Yes:
    def __eq__(self, other): return True
    def __bool__(self): return True
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __iter__(self): return iter([self, self])
    def __getitem__(self, key): return self
    def __float__(self): return 0.0
    def __len__(self): return 2
    @property
    def __class__(self): return float
"""

EXIT = "import os\ndef leave(): os._exit(0)\n"

CHEATS = {
    "patched comparisons": PATCHED_COMPARISONS + EMPTY.format(weight="None", value="None"),
    "lying tensors": LYING_TENSOR + EMPTY.format(weight="LIAR", value="LIAR"),
    "always equal": ALWAYS_EQUAL + EMPTY.format(weight="Yes()", value="Yes()"),
    "exit 0": EXIT + EMPTY.format(weight="leave()", value="leave()"),
    "exit 0 at top level": EMPTY.format(weight="None", value="None") + "\nimport os\nos._exit(0)\n",
    "system exit": EMPTY.format(weight="None", value="exit(0)"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheat_gets_nothing(grade_source: Grade, cheat: str) -> None:
    scorecard = grade_source(CHEATS[cheat])
    passed = [check.name for check in scorecard.checks if check.verdict is Verdict.PASSED]
    assert passed == []
    assert scorecard.score == 0
    assert Verdict.BROKEN not in {check.verdict for check in scorecard.checks}


TABLE_OF_TEST_IMAGES = '''
mnist_test = datasets.MNIST(".", train=False, download=True)

class Table(Module):
    """Knows the test images by heart."""
    def __init__(self):
        super().__init__()
        self.weight = Parameter(torch.zeros(10, 784))
        images = mnist_test.data.reshape(-1, 784) / 255.0
        self.answers = {x.numpy().tobytes(): int(y) for x, y in zip(images, mnist_test.targets)}
    def forward(self, X):
        labels = [self.answers.get(x.numpy().tobytes(), 0) for x in X]
        return torch.eye(10)[torch.tensor(labels)]

def eval_linear_model():
    return Table()
'''


def test_table_of_known_test_images_gets_no_points_for_the_model(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(parts_source + TABLE_OF_TEST_IMAGES, only=["eval_linear_model"])
    assert scorecard.score == 0


# --- whatever happens, the rest counts --------------------------------------------------------------------------------


def test_hang_costs_its_own_checks_and_one_limit_each(grade_source: Grade, parts_source: str) -> None:
    hanging = parts_source.replace(
        "        self.start = 0\n", "        self.start = 0\n        while len(self.X) > 3: pass\n"
    )
    scorecard = grade_source(hanging, only=["Linear", "DataLoader"], limit_s=2)
    assert lost(scorecard) == {"DataLoader"}
    assert set(verdicts(scorecard, "DataLoader").values()) == {Verdict.TIMED_OUT}


DEATHS = {
    "os._exit": "__import__('os')._exit(0)",
    "segmentation fault": "__import__('ctypes').string_at(0)",
    "kill itself": "__import__('os').kill(__import__('os').getpid(), 9)",
    "abort": "__import__('os').abort()",
    "its channel closed": "__import__('os').closerange(3, 256)",
    "kill the process above": "(__import__('os').kill(__import__('os').getppid(), 9), __import__('os')._exit(1))",
}


@pytest.mark.parametrize("death", DEATHS)
def test_dead_worker_costs_one_check(grade_source: Grade, parts_source: str, workers: Workers, death: str) -> None:
    dying = in_iter(parts_source, f"self.batch_size != 100 or {DEATHS[death]}")
    scorecard = grade_source(dying, only=["Linear", "DataLoader"])
    found = verdicts(scorecard, "DataLoader")
    assert lost(scorecard) == {"DataLoader"}
    in_jail_it_is_refused = death == "kill the process above" and workers.isolation.tier is not Tier.PROCESS
    assert found.pop("test_default_batch_size") is (Verdict.FAILED if in_jail_it_is_refused else Verdict.CRASHED)
    assert set(found.values()) == {Verdict.PASSED}


def test_top_level_hang_does_not_keep_the_parts_from_being_graded(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(parts_source + "\nwhile True:\n    pass\n", only=PARTS)
    assert lost(scorecard) == set()


def test_top_level_failures_are_reported_and_cost_nothing(grade_source: Grade, parts_source: str) -> None:
    broken = parts_source + "\nname = input('your name? ')\nraise ValueError('nothing to see')\n"
    scorecard = grade_source(broken, only=PARTS)
    assert lost(scorecard) == set()


def test_syntax_error_costs_the_file_and_is_shown_once(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(parts_source + "\ndef broken(:\n", only=PARTS)
    assert scorecard.score == 0
    assert {check.verdict for check in scorecard.checks} == {Verdict.BLOCKED}
    assert len(scorecard.warnings) == 1
    assert "student.py, line " in scorecard.warnings[0]


DEEP = {
    "sum of 2000 terms": "x = " + " + ".join(["1"] * 2000),
    "chain of 800 elifs": "if x == 0: pass\n" + "\n".join(f"elif x == {i}: pass" for i in range(800)),
}


@pytest.mark.parametrize("deep", DEEP)
def test_deeply_nested_code_is_graded_like_any_other(grade_source: Grade, parts_source: str, deep: str) -> None:
    scorecard = grade_source(f"{parts_source}\nx = 1\n{DEEP[deep]}\n", only=["Linear"])
    assert lost(scorecard) == set()
    assert scorecard.warnings == ()


def test_code_nested_deeper_than_python_takes_is_told_in_one_line(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(f"{parts_source}\nx = {' + '.join(['1'] * 100_000)}\n", only=["Linear"])
    assert scorecard.score == 0
    (warning,) = scorecard.warnings
    assert "\n" not in warning
    assert {check.verdict for check in scorecard.checks} == {Verdict.BLOCKED}


def test_future_imports_are_those_of_the_submission(grade_source: Grade) -> None:
    tells = "def tell(f): raise ValueError(f.__annotations__['n'])\n@tell\ndef Linear(n: int): return n\n"
    for line, expected in (("", "<class 'int'>"), ("from __future__ import annotations\n", ": int")):
        (warning,) = grade_source(line + tells, only=["Linear"]).warnings
        assert warning.endswith(expected)


SPEAKS_OUT_OF_TURN = """
import os
def shout(data):
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, data)
        except OSError:
            pass
"""

SHOUTS = {
    "garbage": b"\xff" * 100,
    "a huge header": b"\xff\xff\xff\x7f{}",
    "an answer that nobody asked for": (lambda text: len(text).to_bytes(4, "little") + text)(
        b'{"batch":2,"values":[true],"tensors":[]}'
    ),
    "a wrong batch": (lambda text: len(text).to_bytes(4, "little") + text)(b'{"batch":99,"values":[],"tensors":[]}'),
    "half a frame": b"\x40\x00\x00\x00{",
}


@pytest.mark.parametrize("shout", SHOUTS)
def test_worker_that_breaks_the_protocol_costs_one_check(grade_source: Grade, parts_source: str, shout: str) -> None:
    shouting = SPEAKS_OUT_OF_TURN + in_iter(parts_source, f"self.batch_size != 100 or shout({SHOUTS[shout]!r})")
    scorecard = grade_source(shouting, only=["DataLoader"], limit_s=3)
    found = verdicts(scorecard, "DataLoader")
    assert found.pop("test_default_batch_size") in (Verdict.CRASHED, Verdict.TIMED_OUT)
    assert set(found.values()) == {Verdict.PASSED}


def test_flood_of_output_is_cut_and_harms_nothing(grade_source: Grade, parts_source: str) -> None:
    loud = in_iter(parts_source, "print('x' * 200_000)")
    scorecard = grade_source(loud, only=["DataLoader"])
    assert lost(scorecard) == set()
    assert all(len(check.output) < 1_100_000 for check in scorecard.checks)
    assert "more bytes]" in scorecard.checks[0].output


# --- what the student is told -----------------------------------------------------------------------------------------


def test_failure_names_call_actual_expected_and_allowance(grade_source: Grade, parts_source: str) -> None:
    wrong = parts_source.replace("return X @ self.weight.T", "return 2 * X @ self.weight.T")
    check = grade_source(wrong, only=["Linear"]).checks[1]
    assert check.verdict is Verdict.FAILED
    assert check.message.startswith("Linear(1, 1)(torch.tensor([[")
    assert ", expected " in check.message
    assert "allowed" in check.message
    assert check.hint


def test_exception_shows_the_students_own_lines(grade_source: Grade, parts_source: str) -> None:
    wrong = parts_source.replace("return X @ self.weight.T", "return X @ self.wieght.T")
    check = grade_source(wrong, only=["Linear"]).checks[1]
    assert "raised AttributeError: 'Linear' object has no attribute 'wieght'" in check.message
    assert "in forward: return X @ self.wieght.T" in check.message


def test_missing_question_is_blocked_with_the_next_step(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(parts_source.replace("class SGD", "class Sgd"), only=["SGD", "DataLoader"])
    assert lost(scorecard) == {"SGD"}
    assert scorecard.checks[0].message == "SGD is not in student.py: define it first"


def test_step_that_needs_every_gradient_is_told_so_without_losing_points(
    grade_source: Grade, parts_source: str
) -> None:
    source = parts_source.replace(
        "                if p.grad is not None:\n                    p -=",
        "                if True:\n                    p -=",
    )
    scorecard = grade_source(source, only=["SGD"])
    assert lost(scorecard) == set()
    assert any("no gradient yet" in note for check in scorecard.checks for note in check.notes)


def test_settings_name_an_unknown_question(assignment: Assignment) -> None:
    from grader.errors import SettingsInvalid

    with pytest.raises(SettingsInvalid, match="no question 'linear'"):
        assignment.select(["linear"])
    assert Settings().seed == 0
