"""Mistakes in MultiLayerNN, and what each of them gives."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch

from grader.suite import Mistakes, mistakes

NAMES = "a new model has no .linears: the list has another name, or is made when forward is called"
SWAPPED = "the sizes of each layer are swapped: Linear takes (in_dim, out_dim)"
NO_MODULE_LIST = "the layers are in a list or tuple of Python's, where Module does not find their parameters"
LIST_CHANGED = "the list of the caller is changed: append, insert and += work in place"
ON_OUTPUT = "a ReLU is applied to the output; logits may be negative"
DETACHED = "the values are detached between the layers, so that only the last layer gets a gradient"


@mistakes
def wrong_lengths(parameters: object, in_dim: int, hidden_dims: list[int], out_dim: int) -> Mistakes:
    """Mistakes in the hidden dimensions, and the number of layers. parameters: those of the model."""
    return {text: len(dims) - 1 for text, dims in explaining_dims(parameters, in_dim, hidden_dims, out_dim).items()}


@mistakes
def wrong_shapes(parameters: object, index: int, in_dim: int, hidden_dims: list[int], out_dim: int) -> Mistakes:
    """Mistakes in the dimensions, and the shape of the weight at that index. parameters: those of the model."""
    explaining = explaining_dims(parameters, in_dim, hidden_dims, out_dim)
    shapes = {text: tuple(dims[index : index + 2][::-1]) for text, dims in explaining.items()}
    return {SWAPPED: tuple([in_dim, *hidden_dims, out_dim][index : index + 2]), **shapes}


def explaining_dims(weights: object, in_dim: int, hidden_dims: list[int], out_dim: int) -> dict[str, list[int]]:
    """Mistakes in the sizes from the input to the output that give weights of these shapes."""
    shapes = [tuple(w.shape) for w in weights if isinstance(w, torch.Tensor)] if isinstance(weights, list) else []
    found = {}
    for text, hidden in {
        "only the first hidden dimension is used": hidden_dims[:1],
        "the last hidden dimension is left out": hidden_dims[:-1],
        "the first hidden dimension is left out": hidden_dims[1:],
        "the hidden dimensions are used in reverse order": hidden_dims[::-1],
        "the hidden dimensions are sorted": sorted(hidden_dims),
        "hidden dimensions that occur twice are used once": list(dict.fromkeys(hidden_dims)),
        "all hidden layers get the size of the first one": [hidden_dims[0]] * len(hidden_dims),
        "there is one layer too many, from out_dim to out_dim": [*hidden_dims, out_dim],
    }.items():
        chain = [in_dim, *hidden, out_dim]
        if hidden != hidden_dims and shapes == [(b, a) for a, b in pairwise(chain)]:
            found[text] = chain
    return found


@mistakes
def wrong_networks(x: torch.Tensor, weights: Sequence[torch.Tensor]) -> Mistakes:
    """Mistakes in forward, and what they give."""
    wide = [weight.double() for weight in weights]

    def network(activation: Callable[[torch.Tensor, int], torch.Tensor], *, on_input: bool = False) -> torch.Tensor:
        """activation(values of a layer, its number from 0) stands after every layer, also the last."""
        layer = x.double().relu() if on_input else x.double()
        for index, weight in enumerate(wide):
            layer = activation(layer @ weight.T, index)
        return layer

    def hidden(activation: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[], torch.Tensor]:
        return lambda: network(lambda h, index: activation(h) if index < last else h)

    last = len(weights) - 1
    return {
        "there is no ReLU between the layers, so that the network is linear": hidden(lambda h: h),
        "a ReLU is applied after the last layer, too; logits may be negative": lambda: network(
            lambda h, index: h.relu()
        ),
        "a ReLU is applied to the input, too": lambda: network(
            lambda h, index: h.relu() if index < last else h, on_input=True
        ),
        "there is a ReLU after the first layer only": lambda: network(lambda h, index: h if index else h.relu()),
        "there is no ReLU after the last hidden layer: the loop ends one layer too early": lambda: network(
            lambda h, index: h.relu() if index < last - 1 else h
        ),
        "the nonlinearity is a sigmoid, not ReLU": hidden(torch.sigmoid),
        "the nonlinearity is tanh, not ReLU": hidden(torch.tanh),
        "the nonlinearity is a leaky ReLU: it lets negative values through": hidden(torch.nn.functional.leaky_relu),
        "the nonlinearity cuts values above 1 off; ReLU has no upper end": hidden(lambda h: h.clamp(0, 1)),
        "the nonlinearity is the absolute value, not ReLU": hidden(torch.abs),
    }
