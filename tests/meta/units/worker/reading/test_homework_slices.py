"""Slices of whole homeworks: parts without training, a model with its own training only."""

from __future__ import annotations

import pytest

from grader.worker.reading.slices import Slice, slice_for
from tests.meta.tools.repository import ROOT
from tests.meta.units.worker.reading.slicing import HAND_OUT, PARTS, kept, parse

REFERENCE = (ROOT / "reference" / "hw3.py").read_text(encoding="utf-8")
LINEAR_LOOP, TWO_LAYER_LOOP = "learning_rate=0.2", "learning_rate=0.3"
DECORATED = "import mugrade\nimport torch\n" + "".join(
    f"@mugrade.local_tests\n{line}" if line.startswith(("class ", "def ")) else line
    for line in HAND_OUT.splitlines(keepends=True)
)
CHAT = """
import torch
import matplotlib.pyplot as plt
torch.manual_seed(0)
torch.save(model.state_dict(), "two_layer.pt")
plt.plot([train_loss, test_loss])
plt.show()
deep = MultiLayerNN(784, 10, [100, 50])
for i in range(5):
    print(epoch(deep, train_dataloader, loss, SGD(deep.parameters(), 0.1)))
assert test_err < 0.02
print(eval_two_layer_nn())
def main():
    print(eval_linear_model())
if __name__ == "__main__":
    main()
"""
CHATTY = HAND_OUT.replace("import torch\n", "import os, torch\nos.environ['MUGRADE_KEY'] = ''\n", 1) + CHAT
SAVING = REFERENCE.replace(
    "\n\nclass TwoLayerNN", "\n\ntorch.save(linear_model.state_dict(), 'linear.pt')\n\n\nclass TwoLayerNN"
)
CHATTY_REFERENCE = REFERENCE + CHAT.replace("model.", "two_layer_model.").replace(
    "deep = ", "loss = CrossEntropyLoss()\ndeep = "
)
HOMEWORKS = {
    "reference": REFERENCE,
    "hand-out": HAND_OUT,
    "notebook": DECORATED,
    "chatty": CHATTY,
    "saving reference": SAVING,
    "chatty reference": CHATTY_REFERENCE,
}


@pytest.mark.parametrize("question", PARTS)
@pytest.mark.parametrize("homework", HOMEWORKS)
def test_part_of_a_homework_is_graded_without_training_and_for_certain(homework: str, question: str) -> None:
    text, certain = kept(HOMEWORKS[homework], question)
    assert "learning_rate=" not in text
    assert "for i in range" not in text
    assert "torch.save" not in text
    assert "MNIST" not in text
    assert question in text
    assert certain


@pytest.mark.parametrize("homework", HOMEWORKS)
def test_trained_model_needs_its_own_training_only(homework: str) -> None:
    source = HOMEWORKS[homework]
    linear, _ = kept(source, "eval_linear_model")
    two_layer, _ = kept(source, "eval_two_layer_nn")
    assert LINEAR_LOOP in linear
    assert TWO_LAYER_LOOP not in linear
    assert TWO_LAYER_LOOP in two_layer
    assert LINEAR_LOOP not in two_layer
    if "reference" not in homework:
        assert linear.count("for i in range(20)") == two_layer.count("for i in range(20)") == 1


def test_whole_file_is_tried_where_the_name_of_a_model_is_used_twice() -> None:
    assert not kept(HAND_OUT, "eval_linear_model")[1]


def test_change_of_torch_itself_is_not_left_out_for_certain() -> None:
    question = "import torch\nfrom torch.nn import Module\nclass q(Module): pass\n"
    assert kept(question, "q")[1]
    assert not kept(question + "if True:\n    torch.nn.Module.forward = lambda self, x: x", "q")[1]
    assert not kept(question + "def main():\n    torch.set_default_dtype(torch.float64)\nmain()", "q")[1]


def test_question_that_is_nowhere_has_an_empty_slice() -> None:
    assert slice_for("q", parse("x = 1")) == Slice(indices=(), certain=True)


def test_part_that_a_check_may_ask_for_is_there_though_the_question_does_not_use_it() -> None:
    source = "class Layer: pass\nclass Linear(Layer): pass\nclass q: pass\nclass r: pass"
    assert kept(source, "q") == ("class q:\n    pass", True)
    assert slice_for("q", parse(source), ["Linear"]).indices == (0, 1, 2)
    below = "class q: pass\nclass r: pass\nclass Linear: pass"
    assert slice_for("q", parse(below), ["Linear"]) == Slice(indices=(0, 2), certain=True)


def test_question_that_only_a_star_import_may_bind_is_taken_from_there() -> None:
    for source in ("code = 'q = 1'\nexec(code)\nx = 1", "import a\nfrom hw3_parts import *\nx = 1"):
        text, certain = kept(source, "q")
        assert text == "\n".join(source.splitlines()[-3 if "exec" in source else -2 : -1])
        assert not certain
