"""SGD, written in other ways that are as right as the reference's."""

from tests.meta.mutants import anchors as at
from tests.meta.variants import Variant
from tests.meta.variants.making import variant


def _update(name: str, what: str, statement: str) -> Variant:
    """`statement` updates one parameter p that has a gradient, inside torch.no_grad()."""
    return variant(f"sgd-{name}", what, (at.SGD_UPDATE, statement))


def _zero(name: str, what: str, statement: str) -> Variant:
    """`statement` zeroes the gradient of one parameter p that has one."""
    return variant(f"sgd-{name}", what, (at.SGD_ZERO, statement))


VARIANTS: tuple[Variant, ...] = (
    _update("data", "the update goes through p.data", "p.data -= self.learning_rate * p.grad.data"),
    _update("data-assigned", "p.data is assigned", "p.data = p.data - self.learning_rate * p.grad"),
    _update("add-alpha", "the update is a call of add_", "p.add_(p.grad, alpha=-self.learning_rate)"),
    _update("copy", "the new values are computed first and copied", "p.copy_(p - p.grad * self.learning_rate)"),
    variant(
        "sgd-decorator",
        "torch.no_grad() decorates the method, and p.sub_ makes the step",
        ("    def step(self):\n", "    @torch.no_grad()\n    def step(self):\n"),
        (
            at.SGD_STEP,
            "        for p in filter(lambda p: p.grad is not None, self.parameters):\n"
            "            p.sub_(self.learning_rate * p.grad)\n",
        ),
    ),
    variant(
        "sgd-needs-gradients",
        "step() takes for granted that every parameter has a gradient",
        (at.SGD_STEP, at.SGD_STEP.replace("                if p.grad is not None:\n    ", "")),
    ),
    variant(
        "sgd-grad-mode",
        "gradients are switched off by torch.set_grad_enabled, and the loop goes by index",
        (
            at.SGD_STEP,
            "        with torch.set_grad_enabled(False):\n"
            "            for i in range(len(self.parameters)):\n"
            "                gradient = self.parameters[i].grad\n"
            "                if gradient is None:\n"
            "                    continue\n"
            "                self.parameters[i] -= gradient * self.learning_rate\n",
        ),
    ),
    variant(
        "sgd-own-names",
        "the attributes have other names and the parameters are kept in a tuple",
        (at.SGD_PARAMETERS, "self.params = tuple(list(parameters))"),
        (at.SGD_RATE, "self.lr = learning_rate"),
        (at.SGD_STEP, at.SGD_STEP.replace("self.parameters", "self.params").replace("self.learning_rate", "self.lr")),
        (at.SGD_ZERO_GRAD, at.SGD_ZERO_GRAD.replace("self.parameters", "self.params")),
    ),
    _zero("zero-grad-none", "zero_grad() sets gradients to None", "p.grad = None"),
    _zero("zero-grad-zeros-like", "zero_grad() assigns new zeros", "p.grad = torch.zeros_like(p)"),
    _zero("zero-grad-slice", "zero_grad() assigns to all of the gradient", "p.grad[:] = 0"),
    _zero("zero-grad-zeros-of-shape", "zero_grad() makes zeros of the shape", "p.grad = torch.zeros(*p.shape)"),
    _update(
        "scalars-left-out",
        "step() leaves out parameters without dimensions, which no model of the homework has",
        "p -= self.learning_rate * p.grad if p.dim() > 0 else 0",
    ),
    variant(
        "sgd-more-options",
        "the learning rate has a default, and more options follow it",
        (at.SGD_SIGNATURE, "def __init__(self, parameters, learning_rate=0.1, *, maximize=False):"),
    ),
    variant(
        "sgd-skips-frozen",
        "step() skips parameters that do not require a gradient",
        (at.SGD_STEP, at.SGD_STEP.replace("if p.grad is not None:", "if p.requires_grad and p.grad is not None:")),
    ),
    variant(
        "sgd-zero-grad-fill",
        "zero_grad() fills the gradients under no_grad",
        (
            at.SGD_ZERO_GRAD,
            "        with torch.no_grad():\n"
            "            for p in self.parameters:\n"
            "                if p.grad is None:\n"
            "                    continue\n"
            "                p.grad.detach_().fill_(0.0)\n",
        ),
    ),
)
