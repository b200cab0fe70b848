"""Mistakes in eval_linear_model: no training, not a model, or scores that are no linear function of the pixels."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at


def _mutant(name: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"eval-linear-{name}", questions=("eval_linear_model",), mistake=mistake, edits=edits)


def _model(name: str, mistake: str, statements: str) -> Mutant:
    """`statements` bind linear_model in place of the training."""
    return _mutant(name, mistake, (at.LINEAR_TRAINED, statements))


def _returned(name: str, mistake: str, result: str) -> Mutant:
    return _mutant(name, mistake, (at.LINEAR_RETURN, f"return {result}"))


def _scores(name: str, mistake: str, scores: str) -> Mutant:
    """The model has the weight of a trained Linear (8.8 % error after two epochs), but another forward."""
    return _model(
        name,
        mistake,
        "class Model(Linear):\n"
        "    def forward(self, X):\n"
        "        scores = super().forward(X)\n"
        f"        return {scores}\n\n\n"
        "linear_model = Model(784, 10)\n"
        "linear_model.weight = train(Linear(784, 10), learning_rate=0.2, epochs=2).weight",
    )


def _network(name: str, mistake: str, definition: str) -> Mutant:
    """`definition` defines another class Model(in_dim, out_dim), which is trained as the reference is."""
    return _model(name, mistake, definition + "\n\nlinear_model = train(Model(784, 10), learning_rate=0.2, epochs=2)")


_TRAINING = (
    _model("untrained", "the model is never trained", "linear_model = Linear(784, 10)"),
    _model(
        "other-instance-trained",
        "another model is trained than the one that is returned",
        "linear_model = Linear(784, 10)\ntrain(Linear(784, 10), learning_rate=0.2, epochs=1)",
    ),
    _returned(
        "fresh", "a new model is made when eval_linear_model is called, which never saw training", "Linear(784, 10)"
    ),
    _model(
        "tiny-learning-rate",
        "the learning rate is far too small, so that the model has hardly learned anything",
        "linear_model = train(Linear(784, 10), learning_rate=1e-4, epochs=1)",
    ),
    _model(
        "wrong-labels",
        "the model is trained with labels that are off by one",
        "wrong_dataloader = DataLoader(mnist_train.data.reshape(-1, 784) / 255.0, (mnist_train.targets + 1) % 10)\n"
        "linear_model = Linear(784, 10)\n"
        "opt = SGD(linear_model.parameters(), 0.2)\n"
        "epoch(linear_model, wrong_dataloader, CrossEntropyLoss(), opt)",
    ),
    _model(
        "first-batch-only",
        "the model is trained on the first hundred images only",
        "few_images = DataLoader(mnist_train.data[:100].reshape(-1, 784) / 255.0, mnist_train.targets[:100])\n"
        "linear_model = Linear(784, 10)\n"
        "opt = SGD(linear_model.parameters(), 0.2)\n"
        "for i in range(100):\n"
        "    epoch(linear_model, few_images, CrossEntropyLoss(), opt)",
    ),
    _model(
        "no-optimizer",
        "epoch is called without the optimizer, so that nothing is trained",
        "linear_model = Linear(784, 10)\n"
        "for i in range(2):\n    epoch(linear_model, train_dataloader, CrossEntropyLoss())",
    ),
)

_RETURNED = (
    _returned("class", "the class is returned, not a model", "Linear"),
    _returned("weight", "the weight is returned, not the model", "linear_model.weight"),
    _returned("state-dict", "the table of the weights is returned, not the model", "linear_model.state_dict()"),
    _mutant("nothing", "eval_linear_model returns nothing: the return is missing", (at.LINEAR_RETURN, "linear_model")),
    _returned(
        "error",
        "the test error is returned, not the model",
        "epoch(linear_model, test_dataloader, CrossEntropyLoss())[1]",
    ),
    _returned("logits", "the logits of the test images are returned, not the model", "linear_model(test_dataloader.X)"),
    _returned("tuple", "a tuple is returned, not the model alone", "linear_model, 0.083"),
    _mutant(
        "takes-model",
        "eval_linear_model takes an argument; it is called without any",
        (at.LINEAR_EVAL, "def eval_linear_model(linear_model):"),
    ),
    _mutant(
        "two-layer",
        "the two-layer network is returned; the linear model is asked for",
        (at.LINEAR_RETURN, "return two_layer_model"),
    ),
)

_SCORES = (
    _model(
        "table-of-test-images",
        "the model looks the labels of the test images up in a table; nothing is learned",
        "class Model(Linear):\n"
        "    def forward(self, X):\n"
        "        scores = super().forward(X)\n"
        "        found = [table.get(x.numpy().tobytes()) for x in X.detach()]\n"
        "        for i, label in enumerate(found):\n"
        "            if label is not None:\n"
        "                scores[i, label] = 100\n"
        "        return scores\n\n\n"
        "images = mnist_test.data.reshape(-1, 784) / 255.0\n"
        "table = {x.numpy().tobytes(): y for x, y in zip(images, mnist_test.targets.tolist(), strict=True)}\n"
        "linear_model = Model(784, 10)",
    ),
    _model(
        "constant",
        "the model gives the same scores for every image",
        "class Model(Linear):\n"
        "    def forward(self, X):\n"
        "        return torch.arange(10.0).expand(len(X), 10)\n\n\n"
        "linear_model = Model(784, 10)",
    ),
    _scores("probabilities", "the model returns probabilities; logits are asked for", "torch.softmax(scores, dim=1)"),
    _scores(
        "one-hot",
        "the model returns its prediction as a one-hot vector; logits are asked for",
        "torch.eye(10)[scores.argmax(dim=1)]",
    ),
    _scores("predicted-class", "the model returns the predicted digits; logits are asked for", "scores.argmax(dim=1)"),
    _scores("noise", "the model adds noise to its scores", "scores + 0.1 * torch.randn_like(scores)"),
    _scores("temperature", "the scores are divided by a temperature", "scores / 2"),
    _network(
        "bias",
        "the model has a bias; a linear model of this homework has weights only",
        "class Model(Linear):\n"
        "    def __init__(self, in_dim, out_dim):\n"
        "        super().__init__(in_dim, out_dim)\n"
        "        self.bias = Parameter(torch.zeros(out_dim))\n\n"
        "    def forward(self, X):\n"
        "        return super().forward(X) + self.bias\n",
    ),
    _model(
        "standardised",
        "the model shifts the pixels before the product, so that it is not linear in them",
        "class Model(Linear):\n"
        "    def forward(self, X):\n"
        "        return super().forward((X - 0.1307) / 0.3081)\n\n\n"
        "linear_model = train(Model(784, 10), learning_rate=0.02, epochs=2)",
    ),
    _network(
        "clamped-pixels",
        "the model cuts pixels outside of [0, 1] off, so that it is not linear in them",
        "class Model(Linear):\n    def forward(self, X):\n        return super().forward(X.clamp(0, 1))\n",
    ),
    _network(
        "squares",
        "the model also multiplies the squares of the pixels with the weight, so that it is not linear",
        "class Model(Linear):\n    def forward(self, X):\n        return super().forward(X) + super().forward(X * X)\n",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_TRAINING, *_RETURNED, *_SCORES)
