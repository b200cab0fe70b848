"""Innocent oddities that name what is banned: in texts, annotations and helpers, and must cost nothing."""

from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.variants import Variant
from tests.meta.variants.making import odd

VARIANTS: tuple[Variant, ...] = (
    odd(
        "banned-names-in-text",
        "comments, strings, docstrings and type hints mention what is banned",
        (
            at.LINEAR_FORWARD,
            '"""Like torch.nn.functional.linear, without its bias."""\n'
            "        # return F.linear(X, self.weight)  # torch.nn.Linear would do this\n        " + at.LINEAR_FORWARD,
        ),
        (
            at.TWO_LAYER_SIGNATURE,
            'def __init__(self: "torch.nn.Sequential", in_dim: int, hidden_dim: int, out_dim: int):',
        ),
        importing('HINT = "import torch.nn.functional as F; F.relu; torch.optim.SGD; torch.nn.CrossEntropyLoss"'),
    ),
    odd(
        "nn-module",
        "Module, ModuleList and Parameter are reached as nn.Module and torch.nn.Parameter",
        (
            "from torch.nn import Module, ModuleList, Parameter\n",
            "import torch.nn as nn\n",
        ),
        (at.LINEAR_CLASS, "class Linear(nn.Module):\n"),
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT.replace("Parameter", "torch.nn.Parameter")),
        (at.LOSS_CLASS, "class CrossEntropyLoss(torch.nn.Module):\n"),
        (at.TWO_LAYER_CLASS, "class TwoLayerNN(nn.Module):\n"),
        (at.MULTI_LAYER_CLASS, "class MultiLayerNN(nn.Module):\n"),
        (at.MULTI_LAYER_LAYERS, at.MULTI_LAYER_LAYERS.replace("ModuleList", "nn.ModuleList")),
    ),
    odd(
        "unused-imports",
        "modules are imported that nothing uses, torch.nn.functional and torch.optim among them",
        importing("import os, sys, math, random\nimport torch.nn.functional as F\nfrom torch import nn, optim"),
    ),
    odd(
        "own-names-like-torch",
        "own classes and functions are called Sequential, ReLU, functional and optim",
        (
            at.TWO_LAYER_CLASS,
            "class functional:\n"
            "    @staticmethod\n"
            "    def relu(x):\n"
            "        return x.clamp(min=0)\n\n\n"
            "class ReLU(Module):\n"
            "    def forward(self, X):\n"
            "        return functional.relu(X)\n\n\n"
            "class Sequential(Module):\n"
            "    def forward(self, X, *modules):\n"
            "        for module in modules:\n"
            "            X = module(X)\n"
            "        return X\n\n\n"
            "optim = {'SGD': SGD}\n\n\n" + at.TWO_LAYER_CLASS,
        ),
        (at.TWO_LAYER_FORWARD, "return Sequential()(X, self.linear1, ReLU(), self.linear2)"),
        (at.MULTI_LAYER_RELU, "X = functional.relu(linear(X))"),
    ),
    odd(
        "tensor-methods",
        "methods of tensors have the names of functions in torch.nn.functional",
        (
            at.LOSS_RETURN,
            "return (logits.softmax(1).sum(1).log() - logits.log_softmax(1)[torch.arange(len(y)), y]).mean()",
        ),
        (at.TWO_LAYER_FORWARD, "return self.linear2(self.linear1(X).relu())"),
        (at.MULTI_LAYER_RELU, "X = linear(X).relu()"),
    ),
    odd(
        "star-import-of-torch",
        "base torch is imported with a star, which also hides the builtin range",
        importing("from torch import *"),
        (at.TRAIN_LOOP, "for i in list(arange(epochs)):"),
        (at.LINEAR_WEIGHT, "self.weight = Parameter(randn(out_dim, in_dim) * (2 / in_dim) ** 0.5)"),
        (at.LOSS_RETURN, "return (logsumexp(logits, 1) - correct).mean()"),
        (at.TWO_LAYER_FORWARD, "return self.linear2(relu(self.linear1(X)))"),
    ),
)
