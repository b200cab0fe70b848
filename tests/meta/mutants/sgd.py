"""Mistakes in SGD: another step than p - learning_rate * grad, or one that does not reach the parameters."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at


def _mutant(name: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"sgd-{name}", questions=("SGD",), mistake=mistake, edits=edits)


def _update(name: str, mistake: str, statements: str) -> Mutant:
    """`statements` stand in place of the update of one parameter p that has a gradient."""
    return _mutant(name, mistake, (at.SGD_UPDATE, statements.replace("\n", "\n" + 20 * " ")))


def _zero(name: str, mistake: str, statement: str) -> Mutant:
    """`statement` stands in place of zeroing the gradient of one parameter p that has one."""
    return _mutant(name, mistake, (at.SGD_ZERO, statement))


def _with_state(name: str, mistake: str, state: str, statements: str) -> Mutant:
    """An update that remembers something from step to step; `state` is set in __init__."""
    return _mutant(
        name,
        mistake,
        (at.SGD_RATE, at.SGD_RATE + "\n        " + state),
        (at.SGD_UPDATE, statements.replace("\n", "\n" + 20 * " ")),
    )


_UPDATES = (
    _update("ascent", "the gradient is added, so that every step climbs the loss", "p += self.learning_rate * p.grad"),
    _update("no-learning-rate", "the learning rate is not used: the whole gradient is subtracted", "p -= p.grad"),
    _update(
        "learning-rate-squared",
        "the learning rate is multiplied twice",
        "p -= self.learning_rate * (self.learning_rate * p.grad)",
    ),
    _mutant(
        "fixed-learning-rate",
        "the learning rate is fixed to 0.1, whatever is passed",
        (at.SGD_RATE, "self.learning_rate = 0.1"),
    ),
    _update(
        "replaced-by-step",
        "the parameter is replaced by the step, not moved by it",
        "p.copy_(-self.learning_rate * p.grad)",
    ),
    _update(
        "weight-decay",
        "the weights decay in every step, which plain gradient descent does not do",
        "p -= self.learning_rate * (p.grad + 1e-3 * p)",
    ),
    _update(
        "clipped-gradient",
        "the gradient is clipped to [-1, 1] before the step",
        "p -= self.learning_rate * p.grad.clamp(-1, 1)",
    ),
    _update(
        "normalised-gradient",
        "the gradient is divided by its norm before the step",
        "p -= self.learning_rate * p.grad / (p.grad.norm() + 1e-12)",
    ),
    _update("sign-of-gradient", "only the sign of the gradient is used", "p -= self.learning_rate * p.grad.sign()"),
    _update(
        "applied-twice",
        "each step is applied twice",
        "p -= self.learning_rate * p.grad\np -= self.learning_rate * p.grad",
    ),
    _with_state(
        "momentum",
        "the step has momentum: earlier gradients take part in it",
        "self.velocity = [torch.zeros_like(p) for p in self.parameters]",
        "velocity = next(v for q, v in zip(self.parameters, self.velocity, strict=True) if q is p)\n"
        "velocity.mul_(0.9).add_(p.grad)\n"
        "p -= self.learning_rate * velocity",
    ),
    _mutant(
        "decaying-learning-rate",
        "the learning rate shrinks after every step",
        (at.SGD_STEP, at.SGD_STEP + "        self.learning_rate *= 0.99\n"),
    ),
    _mutant(
        "stepped-learning-rate",
        "the learning rate is halved after every fourth step",
        (at.SGD_RATE, at.SGD_RATE + "\n        self.steps = 0"),
        (
            at.SGD_STEP,
            at.SGD_STEP + "        self.steps += 1\n"
            "        if self.steps % 4 == 0:\n            self.learning_rate /= 2\n",
        ),
    ),
)

_REACH = (
    _update(
        "rebinding",
        "p = p - ... binds the name p to a new tensor; the parameter of the model stays as it is",
        "p = p - self.learning_rate * p.grad",
    ),
    _mutant(
        "no-no-grad",
        "the update is not inside torch.no_grad(), so that autograd refuses to change a parameter in place",
        (at.SGD_STEP, at.SGD_STEP.replace("with torch.no_grad():", "if True:")),
    ),
    _mutant(
        "stored-generator",
        "the generator from model.parameters() is stored, and it is used up after one loop; call list() on it",
        (at.SGD_PARAMETERS, "self.parameters = parameters"),
    ),
    _mutant(
        "new-parameters",
        "step() puts new Parameters into its own list; the model keeps the old ones",
        (
            at.SGD_STEP,
            "        for i, p in enumerate(self.parameters):\n"
            "            if p.grad is not None:\n"
            "                self.parameters[i] = Parameter((p - self.learning_rate * p.grad).detach())\n",
        ),
    ),
    _mutant(
        "copied-parameters",
        "copies of the parameters are stored, so that the model itself never changes",
        (at.SGD_PARAMETERS, "self.parameters = [p.detach().clone().requires_grad_() for p in parameters]"),
    ),
    _mutant(
        "stored-data",
        "p.data is stored in place of p, and it has no gradient",
        (at.SGD_PARAMETERS, "self.parameters = [p.data for p in parameters]"),
    ),
    _mutant(
        "first-parameter-only",
        "step() returns after the first parameter",
        (at.SGD_STEP, at.SGD_STEP + "                    return\n"),
    ),
    _mutant(
        "matrices-only",
        "only parameters with two dimensions are updated; vectors are left out",
        (at.SGD_PARAMETERS, "self.parameters = [p for p in parameters if p.dim() == 2]"),
    ),
)

_GRADIENTS = (
    _update(
        "step-zeroes-gradient",
        "step() sets the gradient to zero; that is left to zero_grad()",
        "p -= self.learning_rate * p.grad\np.grad.zero_()",
    ),
    _update(
        "gradient-scaled-in-place",
        "step() multiplies the gradient with the learning rate in place",
        "p.grad *= self.learning_rate\np -= p.grad",
    ),
    _zero("zero-grad-does-nothing", "zero_grad() does nothing, so that gradients add up from step to step", "pass"),
    _zero(
        "zero-grad-new-tensor",
        "zero_grad() computes a tensor of zeros and throws it away",
        "torch.zeros_like(p.grad)",
    ),
    _zero("zero-grad-integer", "zero_grad() assigns the number 0; .grad must be a tensor or None", "p.grad = 0"),
    _zero(
        "zero-grad-scalar",
        "zero_grad() assigns a scalar tensor; .grad must have the shape of the parameter",
        "p.grad = torch.tensor(0.0)",
    ),
    _zero("zero-grad-zeroes-weights", "zero_grad() sets the parameters to zero, not their gradients", "p.data.zero_()"),
    _mutant(
        "zero-grad-first-only",
        "zero_grad() returns after the first parameter",
        (at.SGD_ZERO, at.SGD_ZERO + "\n                return"),
    ),
    _mutant(
        "zero-grad-needs-gradient",
        "zero_grad() fails for a parameter that has no gradient yet",
        (at.SGD_ZERO_GRAD, "        for p in self.parameters:\n            p.grad.zero_()\n"),
    ),
)

_STATE = (
    _mutant(
        "other-argument-name",
        "the second argument is called lr; the notebook calls SGD(..., learning_rate=0.1)",
        (at.SGD_SIGNATURE, "def __init__(self, parameters, lr):"),
        (at.SGD_RATE, "self.learning_rate = lr"),
    ),
    _mutant(
        "parameters-on-class",
        "the parameters are kept on the class, so that two optimizers have the same ones",
        (at.SGD_PARAMETERS, "SGD.parameters = list(parameters)"),
    ),
    _mutant(
        "parameters-add-up",
        "the parameters are added to a list on the class, so that each optimizer moves those of all others, too",
        (at.SGD_CLASS, "moved = []\n\n\n" + at.SGD_CLASS),
        (at.SGD_PARAMETERS, "moved.extend(parameters)\n        self.parameters = moved"),
    ),
    _mutant(
        "learning-rate-on-class",
        "the learning rate is kept on the class, so that two optimizers have the same one",
        (at.SGD_RATE, "SGD.learning_rate = learning_rate"),
    ),
    _mutant(
        "stored-iterator",
        "an iterator is stored, and it is used up after the first step",
        (at.SGD_PARAMETERS, "self.parameters = iter(list(parameters))"),
    ),
    _mutant(
        "leaves-gradients-off",
        "step() leaves gradients switched off for the whole program",
        (
            at.SGD_STEP,
            "        torch.set_grad_enabled(False)\n" + at.SGD_STEP.replace("with torch.no_grad():", "if True:"),
        ),
    ),
    _update("seeds-in-step", "step() sets the seed of the whole program", "torch.manual_seed(0)\n" + at.SGD_UPDATE),
    _update(
        "changes-default-dtype",
        "step() leaves float64 as the default dtype of the whole program",
        at.SGD_UPDATE + "\ntorch.set_default_dtype(torch.float64)",
    ),
    _update(
        "changes-threads",
        "step() changes the number of threads of the whole program",
        at.SGD_UPDATE + "\ntorch.set_num_threads(torch.get_num_threads() % 3 + 1)",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_UPDATES, *_REACH, *_GRADIENTS, *_STATE)
