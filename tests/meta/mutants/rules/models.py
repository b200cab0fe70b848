"""Banned ways to train the two models, each with right values."""

from tests.meta.mutants import Mutant
from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.mutants.rules.making import forbidden

MUTANTS: tuple[Mutant, ...] = (
    forbidden(
        "eval-linear-torch-layer",
        "eval_linear_model",
        "a torch.nn.Linear is trained and returned",
        (at.LINEAR_TRAINED, "linear_model = train(torch.nn.Linear(784, 10, bias=False), learning_rate=0.2, epochs=3)"),
    ),
    forbidden(
        "eval-linear-adam",
        "eval_linear_model",
        "the model is trained by torch.optim.Adam",
        (
            at.LINEAR_TRAINED,
            "linear_model = Linear(784, 10)\n"
            "adam = torch.optim.Adam(linear_model.parameters())\n"
            "for i in range(3):\n"
            "    epoch(linear_model, train_dataloader, CrossEntropyLoss(), adam)",
        ),
    ),
    forbidden(
        "eval-linear-functional-loss",
        "eval_linear_model",
        "the model is trained with torch.nn.functional.cross_entropy as its loss",
        importing("import torch.nn.functional as F"),
        (
            at.LINEAR_TRAINED,
            "linear_model = Linear(784, 10)\n"
            "opt = SGD(linear_model.parameters(), 0.2)\n"
            "for i in range(3):\n"
            "    epoch(linear_model, train_dataloader, F.cross_entropy, opt)",
        ),
    ),
    forbidden(
        "eval-two-layer-sequential",
        "eval_two_layer_nn",
        "a torch.nn.Sequential of torch.nn.Linear and torch.nn.ReLU is trained and returned",
        (
            at.TWO_LAYER_TRAINED,
            "layers = torch.nn.Linear(784, 300), torch.nn.ReLU(), torch.nn.Linear(300, 10)\n"
            "two_layer_model = train(torch.nn.Sequential(*layers), learning_rate=0.3, epochs=4)",
        ),
    ),
    forbidden(
        "eval-two-layer-adam",
        "eval_two_layer_nn",
        "the network is trained by torch.optim.AdamW",
        importing("from torch.optim import AdamW"),
        (
            at.TWO_LAYER_TRAINED,
            "two_layer_model = TwoLayerNN(784, 300, 10)\n"
            "opt = AdamW(two_layer_model.parameters())\n"
            "for i in range(5):\n"
            "    epoch(two_layer_model, train_dataloader, CrossEntropyLoss(), opt)",
        ),
    ),
)
