"""Banned ways to write CrossEntropyLoss, each with right values."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.mutants.rules.making import forbidden


def _loss(name: str, mistake: str, body: str, *edits: Edit) -> Mutant:
    """CrossEntropyLoss ends with `body`."""
    return forbidden(name, "CrossEntropyLoss", mistake, (at.LOSS_RETURN, body), *edits)


MUTANTS: tuple[Mutant, ...] = (
    forbidden(
        "loss-subclass",
        "CrossEntropyLoss",
        "CrossEntropyLoss is a subclass of torch.nn.CrossEntropyLoss",
        (at.LOSS_CLASS, "class CrossEntropyLoss(torch.nn.CrossEntropyLoss):\n"),
        (at.LOSS_RETURN, "return super().forward(logits, y)"),
    ),
    _loss(
        "loss-instance",
        "torch.nn.CrossEntropyLoss is called",
        "return nn.CrossEntropyLoss()(logits, y)",
        importing("from torch import nn"),
    ),
    _loss(
        "loss-functional",
        "torch.nn.functional.cross_entropy is used",
        "return torch.nn.functional.cross_entropy(logits, y)",
    ),
    _loss(
        "loss-local-import",
        "torch.nn.functional is imported inside forward and used there",
        "from torch.nn import functional\n\n        return functional.nll_loss(torch.log_softmax(logits, dim=1), y)",
    ),
    _loss(
        "loss-two-modules",
        "torch.nn.LogSoftmax and torch.nn.NLLLoss are used",
        "return torch.nn.NLLLoss()(torch.nn.LogSoftmax(dim=1)(logits), y)",
    ),
    _loss(
        "loss-one-hot",
        "torch.nn.functional.one_hot is used",
        "hot = torch.nn.functional.one_hot(y, logits.shape[1])\n"
        "        return -(hot * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()",
    ),
    _loss(
        "loss-import-module",
        "torch.nn.functional is imported by importlib.import_module",
        'return importlib.import_module("torch.nn.functional").cross_entropy(logits, y)',
        importing("import importlib"),
    ),
    _loss(
        "loss-dunder-import",
        "torch.nn.functional is imported by __import__",
        'return __import__("torch.nn.functional", fromlist=["cross_entropy"]).cross_entropy(logits, y)',
    ),
    _loss(
        "loss-sys-modules",
        "torch.nn.functional is taken from sys.modules",
        'return sys.modules["torch.nn.functional"].cross_entropy(logits, y)',
        importing("import sys"),
    ),
    _loss(
        "loss-eval",
        "torch.nn.functional.cross_entropy stands in a string that is evaluated",
        'return eval("torch.nn.functional.cross_entropy")(logits, y)',
    ),
    _loss(
        "loss-vars",
        "torch.nn.CrossEntropyLoss is looked up in vars(torch.nn)",
        'return vars(torch.nn)["CrossEntropyLoss"]()(logits, y)',
    ),
    _loss(
        "loss-attrgetter",
        "torch.nn.functional.cross_entropy is reached by operator.attrgetter",
        'return operator.attrgetter("nn.functional.cross_entropy")(torch)(logits, y)',
        importing("import operator"),
    ),
    _loss(
        "loss-c-binding",
        "torch._C._nn.cross_entropy_loss is used, which is what torch.nn.functional.cross_entropy calls",
        "return torch._C._nn.cross_entropy_loss(logits, y, None, 1)",
    ),
    _loss(
        "loss-distribution",
        "torch.distributions.Categorical computes the logarithms of the probabilities",
        "return -Categorical(logits=logits).log_prob(y).mean()",
        importing("from torch.distributions import Categorical"),
    ),
    _loss(
        "loss-decomposition",
        "torch._decomp.decompositions.nll_loss_forward is used, which is what torch.nn.functional.nll_loss calls",
        "return torch._decomp.decompositions.nll_loss_forward(torch.log_softmax(logits, dim=1), y, None, 1, -100)[0]",
    ),
    _loss(
        "loss-operator",
        "torch.ops.aten.cross_entropy_loss is used",
        "return torch.ops.aten.cross_entropy_loss(logits, y)",
    ),
)
