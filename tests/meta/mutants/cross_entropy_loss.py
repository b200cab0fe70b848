"""Mistakes in CrossEntropyLoss: the wrong mean, unstable exponentials, lost gradients, shapes and types."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at


def _mutant(name: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"loss-{name}", questions=("CrossEntropyLoss",), mistake=mistake, edits=edits)


def _result(name: str, mistake: str, body: str) -> Mutant:
    """`body` stands in place of the last statement; `correct` (N,) holds the logits of the right classes."""
    return _mutant(name, mistake, (at.LOSS_RETURN, body))


def _correct(name: str, mistake: str, statement: str) -> Mutant:
    """`statement` binds `correct` in another way."""
    return _mutant(name, mistake, (at.LOSS_CORRECT, statement))


_P = "p = torch.softmax(logits, dim=1)[torch.arange(len(y)), y]\n        "  # (N,): the probability of the right class

_MEANS = (
    _result(
        "sum",
        "the loss is summed over the batch, not averaged",
        "return (torch.logsumexp(logits, dim=1) - correct).sum()",
    ),
    _result(
        "per-example",
        "the losses of the examples are returned one by one, not averaged",
        "return torch.logsumexp(logits, dim=1) - correct",
    ),
    _result(
        "divided-by-classes",
        "the sum of the losses is divided by the number of classes, not by the number of examples",
        "return (torch.logsumexp(logits, dim=1) - correct).sum() / logits.shape[1]",
    ),
    _result(
        "mean-over-all-entries",
        "the mean is taken over all N x k entries of the one-hot product, so that the loss is k times too small",
        "one_hot = torch.eye(logits.shape[1])[y]\n        return -(one_hot * torch.log_softmax(logits, dim=1)).mean()",
    ),
    _result(
        "divided-by-100",
        "the sum of the losses is divided by 100, whatever the size of the batch",
        "return (torch.logsumexp(logits, dim=1) - correct).sum() / 100",
    ),
    _result(
        "divided-by-n-minus-1",
        "the sum of the losses is divided by N - 1, not by N",
        "return (torch.logsumexp(logits, dim=1) - correct).sum() / max(len(y) - 1, 1)",
    ),
    _result(
        "log-of-mean",
        "the logarithm is taken of the mean probability; the loss is the mean of the logarithms",
        _P + "return -torch.log(p.mean())",
    ),
)

_FORMULAS = (
    _result(
        "sign",
        "the sign of the loss is wrong: the logarithm of a probability is negative",
        "return (correct - torch.logsumexp(logits, dim=1)).mean()",
    ),
    _result(
        "base-two",
        "the logarithm has base 2; cross entropy is measured with the natural logarithm",
        "return ((torch.logsumexp(logits, dim=1) - correct) / torch.log(torch.tensor(2.0))).mean()",
    ),
    _result(
        "squared-error",
        "the loss is the squared difference of probabilities and one-hot labels, not cross entropy",
        "one_hot = torch.eye(logits.shape[1])[y]\n"
        "        return ((torch.softmax(logits, dim=1) - one_hot) ** 2).sum(dim=1).mean()",
    ),
    _result(
        "binary-terms",
        "terms log(1 - p) of the wrong classes are added; they belong to binary cross entropy",
        "probs = torch.softmax(logits, dim=1)\n"
        "        others = 1 - probs + torch.eye(logits.shape[1])[y]\n"
        "        binary = torch.log(others.clamp(1e-6, 1)).sum(dim=1)\n"
        "        return (torch.logsumexp(logits, dim=1) - correct - binary).mean()",
    ),
    _result(
        "softmax-twice",
        "softmax is applied to the logits before the loss, which applies it again",
        "probs = torch.softmax(logits, dim=1)\n"
        "        return (torch.logsumexp(probs, dim=1) - probs[torch.arange(len(y)), y]).mean()",
    ),
    _result(
        "softmax-over-batch",
        "the softmax runs over the examples (dim=0), not over the classes (dim=1)",
        "return (torch.logsumexp(logits, dim=0)[y] - correct).mean()",
    ),
    _result(
        "label-smoothing",
        "the labels are smoothed; a tenth of the weight goes to all classes",
        "total = torch.logsumexp(logits, dim=1)\n"
        "        return (total - 0.9 * correct - 0.1 * logits.mean(dim=1)).mean()",
    ),
    _correct(
        "label-off-by-one",
        "the labels are taken to start at 1: y - 1 picks the logit",
        "correct = logits[torch.arange(len(y)), y - 1]",
    ),
    _correct(
        "predicted-class",
        "the logit of the predicted class is taken, not that of the class y",
        "correct = logits[torch.arange(len(y)), logits.argmax(dim=1)]",
    ),
    _correct(
        "ten-classes",
        "the one-hot labels have ten classes, whatever the number of logits",
        "correct = (torch.eye(10)[y] * logits).sum(dim=1)",
    ),
)

_NUMBERS = (
    _result(
        "no-shift",
        "exp overflows for large logits: the largest logit of each row is not subtracted first",
        "return (torch.log(torch.exp(logits).sum(dim=1)) - correct).mean()",
    ),
    _result(
        "log-of-softmax",
        "the logarithm of the softmax is -inf where the softmax underflows to 0",
        _P + "return -torch.log(p).mean()",
    ),
    _result(
        "epsilon-in-log",
        "a constant is added inside the logarithm, which changes the loss of unlikely classes",
        _P + "return -torch.log(p + 1e-7).mean()",
    ),
    _result(
        "clamped-probability",
        "the probabilities are clamped before the logarithm, which bounds the loss and stops the gradient",
        _P + "return -torch.log(p.clamp(min=1e-12)).mean()",
    ),
    _result(
        "clamped-logits",
        "the logits are clamped against overflow, which changes the loss of large ones",
        "logits = logits.clamp(-50, 50)\n"
        "        return (torch.logsumexp(logits, dim=1) - logits[torch.arange(len(y)), y]).mean()",
    ),
    _result(
        "shift-by-global-max",
        "the largest logit of the whole batch is subtracted; rows far below it underflow",
        "shift = logits.max()\n"
        "        return (torch.log(torch.exp(logits - shift).sum(dim=1)) + shift - correct).mean()",
    ),
    _result(
        "shift-not-added-back",
        "the largest logit is subtracted inside the log-sum-exp and not added back",
        "z = logits - logits.amax(dim=1, keepdim=True)\n"
        "        return (torch.log(torch.exp(z).sum(dim=1)) - correct).mean()",
    ),
    _result(
        "rounded",
        "the loss is rounded to four decimals, which also sets its gradient to zero",
        "return torch.round((torch.logsumexp(logits, dim=1) - correct).mean(), decimals=4)",
    ),
)

_GRADIENTS = (
    _result(
        "detached",
        "the loss is detached, so that backward() can't reach the logits",
        at.LOSS_RETURN + ".detach()",
    ),
    _result(
        "python-float",
        "the loss is a Python float; backward() needs a tensor",
        at.LOSS_RETURN + ".item()",
    ),
    _result(
        "new-tensor",
        "the loss is wrapped in a new tensor, which cuts it off from the logits",
        "value = (torch.logsumexp(logits, dim=1) - correct).mean()\n"
        "        return torch.tensor(value.item(), requires_grad=True)",
    ),
    _result(
        "detached-normaliser",
        "the log-sum-exp is detached, so that the gradient lacks the softmax",
        "return (torch.logsumexp(logits.detach(), dim=1) - correct).mean()",
    ),
    _correct(
        "detached-correct-logit",
        "the logit of the right class is detached, so that the gradient is only the softmax",
        "correct = logits.detach()[torch.arange(len(y)), y]",
    ),
    _result(
        "shift-half-detached",
        "the largest logit is detached where it is subtracted but not where it is added back; the gradient is wrong",
        "shift = logits.amax(dim=1)\n"
        "        z = logits - shift.detach()[:, None]\n"
        "        return (torch.log(torch.exp(z).sum(dim=1)) + shift - correct).mean()",
    ),
    _mutant(
        "logits-changed-in-place",
        "the logits are changed in place; -= works on the tensor of the caller",
        (at.LOSS_CORRECT, "logits -= logits.amax(dim=1, keepdim=True)\n        " + at.LOSS_CORRECT),
    ),
)

_SHAPES = (
    _result(
        "one-element-vector",
        "the loss has shape (1,); it should be a scalar",
        at.LOSS_RETURN + ".reshape(1)",
    ),
    _mutant(
        "squeezed-logits",
        "logits.squeeze() drops the batch dimension of a batch of one example",
        (at.LOSS_CORRECT, "logits = logits.squeeze()\n        " + at.LOSS_CORRECT),
    ),
    _mutant(
        "rows-of-64",
        "the row numbers are made once for 64 rows, so that larger batches fail",
        (at.LOSS_CLASS, at.LOSS_CLASS + "    rows = torch.arange(64)\n\n"),
        (at.LOSS_CORRECT, "correct = logits[self.rows[: len(y)], y]"),
    ),
    _mutant(
        "arguments-swapped",
        "forward takes (y, logits); the order is (logits, y)",
        (at.LOSS_SIGNATURE, "def forward(self, y, logits):"),
    ),
    _mutant(
        "no-module",
        "CrossEntropyLoss is not a Module and defines only forward, so that it can't be called",
        (at.LOSS_CLASS, "class CrossEntropyLoss:\n"),
    ),
)

_STATE = (
    _result(
        "float64-output",
        "the loss is computed in float64 and returned as such, though the logits are float32",
        "return torch.logsumexp(logits.double(), dim=1).mean() - correct.double().mean()",
    ),
    _result(
        "running-mean",
        "the loss is the mean of all batches so far, and not of this one",
        'self.all = [*getattr(self, "all", []), (torch.logsumexp(logits, dim=1) - correct).mean()]\n'
        "        return torch.stack(self.all).mean()",
    ),
    _correct(
        "rows-of-first-batch",
        "the row numbers are made for the first batch and kept, so that a larger one fails",
        'self.rows = getattr(self, "rows", torch.arange(len(y)))\n        correct = logits[self.rows, y]',
    ),
    _result(
        "leaves-gradients-off",
        "forward leaves gradients switched off for the whole program",
        "loss = (torch.logsumexp(logits, dim=1) - correct).mean()\n"
        "        torch.set_grad_enabled(False)\n"
        "        return loss",
    ),
    _correct(
        "seeds-in-forward",
        "forward sets the seed of the whole program",
        "torch.manual_seed(0)\n        " + at.LOSS_CORRECT,
    ),
    _correct(
        "changes-default-dtype",
        "forward leaves float64 as the default dtype of the whole program",
        "torch.set_default_dtype(torch.float64)\n        " + at.LOSS_CORRECT,
    ),
    _correct(
        "changes-threads",
        "forward changes the number of threads of the whole program",
        "torch.set_num_threads(torch.get_num_threads() % 3 + 1)\n        " + at.LOSS_CORRECT,
    ),
    _mutant(
        "wrong-super",
        "super() names another class, as it does where __init__ was copied from there",
        (
            at.LOSS_CLASS,
            at.LOSS_CLASS + "    def __init__(self):\n        super(Linear, self).__init__()\n\n",
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_MEANS, *_FORMULAS, *_NUMBERS, *_GRADIENTS, *_SHAPES, *_STATE)
