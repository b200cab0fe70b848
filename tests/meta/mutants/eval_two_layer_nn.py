"""Mistakes in eval_two_layer_nn: too little training, not a model, or another network than W2 relu(W1 x)."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at


def _mutant(name: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"eval-two-layer-{name}", questions=("eval_two_layer_nn",), mistake=mistake, edits=edits)


def _model(name: str, mistake: str, statements: str) -> Mutant:
    """`statements` bind two_layer_model in place of the training."""
    return _mutant(name, mistake, (at.TWO_LAYER_TRAINED, statements))


def _returned(name: str, mistake: str, result: str) -> Mutant:
    """Nothing is trained in these, since what is returned is no model anyway."""
    return _mutant(
        name,
        mistake,
        (at.TWO_LAYER_TRAINED, "two_layer_model = TwoLayerNN(784, 300, 10)"),
        (at.TWO_LAYER_RETURN, f"return {result}"),
    )


def _network(name: str, mistake: str, body: str) -> Mutant:
    """A class Model with another network, trained for six epochs (2.6 % error if it were right)."""
    return _model(
        name,
        mistake,
        f"class Model(TwoLayerNN):\n{body}\n\n"
        "two_layer_model = train(Model(784, 300, 10), learning_rate=0.3, epochs=6)",
    )


_FORWARD = "    def forward(self, X):\n        return "

_TRAINING = (
    _model("untrained", "the network is never trained", "two_layer_model = TwoLayerNN(784, 300, 10)"),
    _mutant(
        "fresh",
        "a new network is made when eval_two_layer_nn is called, which never saw training",
        (at.TWO_LAYER_RETURN, "return TwoLayerNN(784, 300, 10)"),
    ),
    _model(
        "other-instance-trained",
        "another network is trained than the one that is returned",
        "two_layer_model = TwoLayerNN(784, 300, 10)\ntrain(TwoLayerNN(784, 300, 10), learning_rate=0.3, epochs=1)",
    ),
    _model(
        "one-epoch",
        "the network is trained for one epoch only, which leaves an error of about 5 %",
        "two_layer_model = train(TwoLayerNN(784, 300, 10), learning_rate=0.3, epochs=1)",
    ),
    _model(
        "small-learning-rate",
        "the learning rate is too small for so few epochs",
        "two_layer_model = train(TwoLayerNN(784, 300, 10), learning_rate=0.003, epochs=2)",
    ),
    _model(
        "frozen-first-layer",
        "only the second layer is trained; the first keeps its initial weights",
        "two_layer_model = TwoLayerNN(784, 300, 10)\n"
        "opt = SGD(two_layer_model.linear2.parameters(), 0.3)\n"
        "for i in range(2):\n"
        "    epoch(two_layer_model, train_dataloader, CrossEntropyLoss(), opt)",
    ),
    _model(
        "few-images",
        "the network is trained on the first thousand images only",
        "few_images = DataLoader(mnist_train.data[:1000].reshape(-1, 784) / 255.0, mnist_train.targets[:1000])\n"
        "two_layer_model = TwoLayerNN(784, 300, 10)\n"
        "opt = SGD(two_layer_model.parameters(), 0.3)\n"
        "for i in range(20):\n"
        "    epoch(two_layer_model, few_images, CrossEntropyLoss(), opt)",
    ),
    _model(
        "too-narrow",
        "the hidden layer has eight units, which are too few",
        "two_layer_model = train(TwoLayerNN(784, 8, 10), learning_rate=0.3, epochs=3)",
    ),
    _model(
        "wrong-labels",
        "the network is trained with labels that are off by one",
        "wrong_dataloader = DataLoader(mnist_train.data.reshape(-1, 784) / 255.0, (mnist_train.targets + 1) % 10)\n"
        "two_layer_model = TwoLayerNN(784, 300, 10)\n"
        "epoch(two_layer_model, wrong_dataloader, CrossEntropyLoss(), SGD(two_layer_model.parameters(), 0.3))",
    ),
)

_RETURNED = (
    _returned("class", "the class is returned, not a network", "TwoLayerNN"),
    _returned(
        "weights",
        "the weights are returned, not the network",
        "two_layer_model.linear1.weight, two_layer_model.linear2.weight",
    ),
    _returned("nothing", "eval_two_layer_nn returns None, not the network", "None"),
    _returned(
        "logits", "the logits of the test images are returned, not the network", "two_layer_model(test_dataloader.X)"
    ),
    _returned(
        "error",
        "loss and error on the test images are returned, not the network",
        "epoch(two_layer_model, test_dataloader, CrossEntropyLoss())",
    ),
    _mutant(
        "linear",
        "the linear model is returned; the two-layer network is asked for",
        (at.TWO_LAYER_RETURN, "return linear_model"),
    ),
    _returned("first-layer", "only the first layer is returned, not the whole network", "two_layer_model.linear1"),
)

_SCORES = (
    _model(
        "table-of-test-images",
        "the network looks the labels of the test images up in a table; nothing is learned",
        "class Model(TwoLayerNN):\n"
        "    def forward(self, X):\n"
        "        scores = super().forward(X)\n"
        "        for i, x in enumerate(X):\n"
        "            digit = digits.get(hash(tuple(x.tolist())))\n"
        "            if digit is not None:\n"
        "                scores[i] = torch.eye(10)[digit]\n"
        "        return scores\n\n\n"
        "pairs = [pair for X, y in test_dataloader for pair in zip(X, y, strict=True)]\n"
        "digits = {hash(tuple(x.tolist())): int(y) for x, y in pairs}\n"
        "two_layer_model = Model(784, 300, 10)",
    ),
    _model(
        "constant",
        "the network gives the same scores for every image",
        f"class Model(TwoLayerNN):\n{_FORWARD}torch.eye(10)[torch.ones(len(X), dtype=torch.long)]\n\n\n"
        "two_layer_model = Model(784, 300, 10)",
    ),
    _network(
        "tanh",
        "the network that is trained has tanh between its layers, not ReLU",
        _FORWARD + "self.linear2(torch.tanh(self.linear1(X)))\n",
    ),
    _network(
        "leaky",
        "the network that is trained has a leaky ReLU between its layers",
        "    def forward(self, X):\n"
        "        hidden = self.linear1(X)\n"
        "        return self.linear2(torch.maximum(hidden, 0.1 * hidden))\n",
    ),
    _network(
        "bias",
        "the network has a bias in its hidden layer",
        "    def __init__(self, in_dim, hidden_dim, out_dim):\n"
        "        super().__init__(in_dim, hidden_dim, out_dim)\n"
        "        self.bias = Parameter(torch.zeros(hidden_dim))\n\n"
        "    def forward(self, X):\n"
        "        return self.linear2(torch.relu(self.linear1(X) + self.bias))\n",
    ),
    _network(
        "three-layers",
        "the network has three layers; two are asked for",
        "    def __init__(self, in_dim, hidden_dim, out_dim):\n"
        "        super().__init__(in_dim, hidden_dim, out_dim)\n"
        "        self.linear3 = Linear(out_dim, out_dim)\n\n"
        "    def forward(self, X):\n"
        "        return self.linear3(torch.relu(self.linear2(torch.relu(self.linear1(X)))))\n",
    ),
    _mutant(
        "probabilities",
        "the network returns probabilities; logits are asked for",
        (
            at.TWO_LAYER_RETURN,
            "class Model(TwoLayerNN):\n"
            "        def forward(self, X):\n"
            "            return torch.softmax(super().forward(X), dim=1)\n\n"
            "    model = Model(784, 300, 10)\n"
            "    model.linear1, model.linear2 = two_layer_model.linear1, two_layer_model.linear2\n"
            "    return model",
        ),
    ),
    _network(
        "clamped-pixels",
        "the network cuts pixels outside of [0, 1] off before its first layer",
        _FORWARD + "super().forward(X.clamp(0, 1))\n",
    ),
    _network(
        "noise",
        "the network drops hidden units at random, also when it is tested",
        "    def forward(self, X):\n"
        "        hidden = torch.relu(self.linear1(X))\n"
        "        return self.linear2(hidden * (torch.rand_like(hidden) > 0.05))\n",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_TRAINING, *_RETURNED, *_SCORES)
