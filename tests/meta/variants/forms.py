"""How the training is written: as in the hand-out, inside the functions, in a loop, with another recipe."""

from tests.meta.mutants import anchors as at
from tests.meta.variants import Variant
from tests.meta.variants.making import variant

_REPORT = (
    "    train_loss, train_err = epoch(model, train_dataloader, loss, opt)\n"
    "    test_loss, test_err = epoch(model, test_dataloader, loss)\n"
    '    print(f"Train Loss: {train_loss:.4f}, Train Error: {train_err:.4f}, "+\n'
    '          f"Test Loss: {test_loss:.4f}, Test Error: {test_err:.4f}")'
)

VARIANTS: tuple[Variant, ...] = (
    variant(
        "form-handout",
        "the cells of the hand-out as they are: loops at top level, and `model` bound to one network after the other",
        (
            at.LINEAR_TRAINED,
            "model = Linear(784,10)\n"
            "opt = SGD(model.parameters(), learning_rate = 0.2)\n"
            "loss = CrossEntropyLoss()\n\n"
            "for i in range(5):\n" + _REPORT,
        ),
        (at.LINEAR_RETURN, "return model"),
        (
            at.TWO_LAYER_TRAINED,
            "model = TwoLayerNN(784, 300, 10)\n"
            "opt = SGD(model.parameters(), learning_rate=0.3)\n"
            "loss = CrossEntropyLoss()\n\n"
            "for i in range(10):\n" + _REPORT,
        ),
        (at.TWO_LAYER_RETURN, "return model"),
    ),
    variant(
        "form-trained-when-called",
        "eval_linear_model trains each time it is called; the two-layer network is trained once, at the first call",
        (at.LINEAR_TRAINED, ""),
        (at.LINEAR_RETURN, "return train(Linear(784, 10), learning_rate=0.2, epochs=2)"),
        (at.TWO_LAYER_TRAINED, "import functools\n"),
        (at.TWO_LAYER_EVAL, "@functools.lru_cache(maxsize=None)\ndef eval_two_layer_nn():"),
        (at.TWO_LAYER_RETURN, "return train(TwoLayerNN(784, 300, 10), learning_rate=0.3, epochs=8)"),
    ),
    variant(
        "form-all-definitions-first",
        "both models are trained at the end of the file, below all definitions",
        (at.LINEAR_TRAINED, ""),
        (at.TWO_LAYER_TRAINED, ""),
        (at.MULTI_LAYER_LAST, f"{at.MULTI_LAYER_LAST}\n\n\n{at.LINEAR_TRAINED}\n{at.TWO_LAYER_TRAINED}"),
    ),
    variant(
        "form-dict-of-models",
        "the models are kept in a dict, and one loop trains them",
        (at.LINEAR_TRAINED, "models = {}"),
        (at.LINEAR_RETURN, 'return models["linear"]'),
        (
            at.TWO_LAYER_TRAINED,
            "recipes = {\n"
            '    "linear": (Linear(784, 10), 0.2, 3),\n'
            '    "two-layer": (TwoLayerNN(784, 300, 10), 0.3, 9),\n'
            "}\n"
            "for name, (network, rate, epochs) in recipes.items():\n"
            "    models[name] = train(network, rate, epochs)",
        ),
        (at.TWO_LAYER_RETURN, 'return models["two-layer"]'),
    ),
    variant(
        "form-best-weights",
        "the weights of the epoch with the lowest test error are kept and loaded at the end",
        (
            "        print(\n",
            "        if test_err < best_err:\n"
            "            best_err, best = test_err, {k: v.clone() for k, v in model.state_dict().items()}\n"
            "        print(\n",
        ),
        (at.TRAIN_LOOP, "best_err, best = 1.0, model.state_dict()\n    " + at.TRAIN_LOOP),
        ("    return model\n\n\nlinear_model", "    model.load_state_dict(best)\n    return model\n\n\nlinear_model"),
    ),
    variant(
        "form-own-momentum",
        "the two-layer network is trained by a class of its own with momentum, and it has 200 hidden units",
        (
            at.TWO_LAYER_TRAINED,
            "class Momentum(SGD):\n"
            "    def __init__(self, parameters, learning_rate, momentum=0.9):\n"
            "        super().__init__(parameters, learning_rate)\n"
            "        self.momentum = momentum\n"
            "        self.velocities = [torch.zeros_like(p) for p in self.parameters]\n\n"
            "    def step(self):\n"
            "        with torch.no_grad():\n"
            "            for p, v in zip(self.parameters, self.velocities):\n"
            "                v.mul_(self.momentum).add_(p.grad)\n"
            "                p.sub_(self.learning_rate * v)\n\n\n"
            "two_layer_model = TwoLayerNN(784, 200, 10)\n"
            "momentum = Momentum(two_layer_model.parameters(), 0.05)\n"
            "for _ in range(7):\n"
            "    epoch(two_layer_model, train_dataloader, CrossEntropyLoss(), momentum)",
        ),
    ),
    variant(
        "form-while-loop",
        "training goes on until the test error is low enough, or for 20 epochs",
        (
            at.TWO_LAYER_TRAINED,
            "two_layer_model, error, done = TwoLayerNN(784, 300, 10), 1.0, 0\n"
            "two_layer_opt = SGD(two_layer_model.parameters(), 0.3)\n"
            "while error > 0.024 and done < 20:\n"
            "    epoch(two_layer_model, train_dataloader, CrossEntropyLoss(), two_layer_opt)\n"
            "    error = epoch(two_layer_model, test_dataloader, CrossEntropyLoss())[1]\n"
            "    done += 1",
        ),
    ),
    variant(
        "form-own-shuffling",
        "the rows are put into another order before each epoch of the two-layer network",
        (
            at.TWO_LAYER_TRAINED,
            "two_layer_model = TwoLayerNN(784, 300, 10)\n"
            "two_layer_opt = SGD(two_layer_model.parameters(), 0.3)\n"
            "for _ in range(9):\n"
            "    order = torch.randperm(len(train_dataloader.X))\n"
            "    shuffled = DataLoader(train_dataloader.X[order], train_dataloader.y[order], batch_size=64)\n"
            "    epoch(two_layer_model, shuffled, CrossEntropyLoss(), two_layer_opt)",
        ),
    ),
    variant(
        "form-hidden-in-main",
        "a function main() trains both models and stores them with `global`",
        (at.LINEAR_TRAINED, "linear_model = two_layer_model = None"),
        (at.TWO_LAYER_TRAINED, ""),
        (
            at.MULTI_LAYER_LAST,
            f"{at.MULTI_LAYER_LAST}\n\n\n"
            "def main():\n"
            "    global linear_model, two_layer_model\n"
            f"    {at.LINEAR_TRAINED}\n"
            f"    {at.TWO_LAYER_TRAINED}\n\n\n"
            "main()",
        ),
    ),
)
