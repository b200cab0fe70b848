"""Right solutions of the toy homework."""

import torch
from torch.nn import Module, Parameter


def scale(x):
    return 2 * x


class Layer(Module):
    def __init__(self, size):
        super().__init__()
        self.weight = Parameter(torch.ones(size))

    def forward(self, x):
        return x * self.weight


class Counter:
    def __init__(self, items):
        self.items = items
        self.at = len(items)

    def __iter__(self):
        self.at = 0
        return self

    def __next__(self):
        if self.at >= len(self.items):
            raise StopIteration
        self.at += 1
        return self.items[self.at - 1]


def total(x):
    return x.sum(dim=-1)
