"""Mistakes in TwoLayerNN, and what each of them gives."""

import torch

from grader.suite import Mistakes, mistakes

NAMES = "a new model has no .linear1: they are called otherwise, or made when forward is called"
UNREGISTERED = "the model does not know its layers (a list hides them): self.linear1 = ... and self.linear2 = ..."
EXTRA = "there is a third parameter; the two weights are asked for"
DETACHED = "the hidden values are detached, so that the first layer gets no gradient"


@mistakes
def wrong_shapes(first: object, in_dim: int, hidden_dim: int, out_dim: int) -> Mistakes:
    """Mistakes in the sizes of the first layer, and the shape of its weight. first: that weight."""
    units = first.shape[0] if isinstance(first, torch.Tensor) and first.dim() == 2 else 0
    return {
        "the sizes of a layer are swapped: Linear takes (in_dim, out_dim)": (in_dim, hidden_dim),
        "__init__ takes (in_dim, out_dim, hidden_dim); the order is (in_dim, hidden_dim, out_dim)": (out_dim, in_dim),
        f"the hidden layer has {units} units, whatever hidden_dim is": (units, in_dim),
    }


@mistakes
def wrong_networks(x: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor) -> Mistakes:
    """Mistakes in forward, and what they give."""
    x, w1, w2 = x.double(), w1.double(), w2.double()
    h = x @ w1.T
    right = h.relu() @ w2.T
    return {
        "there is no ReLU between the layers, so that the network is linear": lambda: h @ w2.T,
        "a ReLU is applied to the output; logits may be negative": lambda: right.relu(),
        "the ReLU stands after both layers, not between them": lambda: (h @ w2.T).relu(),
        "a ReLU is applied to the input too": lambda: (x.relu() @ w1.T).relu() @ w2.T,
        "softmax is applied to the output; it should be logits": lambda: (
            right.softmax(-1),
            right.float().exp() / right.float().exp().sum(-1, keepdim=True),
        ),
        "the second layer is not applied": lambda: h.relu(),
        "the output is squeezed, which drops dimensions of size 1": lambda: right.squeeze(),
        "the nonlinearity is a sigmoid, not ReLU": lambda: h.sigmoid() @ w2.T,
        "the nonlinearity is tanh, not ReLU": lambda: h.tanh() @ w2.T,
        "the nonlinearity is a leaky ReLU: it lets negative values through": lambda: (
            torch.nn.functional.leaky_relu(h) @ w2.T
        ),
        "the nonlinearity cuts values above 1 off; ReLU has no upper end": lambda: h.clamp(0, 1) @ w2.T,
        "the nonlinearity is the absolute value, not ReLU": lambda: h.abs() @ w2.T,
        "the nonlinearity is GELU, not ReLU": lambda: torch.nn.functional.gelu(h) @ w2.T,
        "the nonlinearity is softplus, not ReLU": lambda: torch.nn.functional.softplus(h) @ w2.T,
        "the nonlinearity is a step: it gives ones and zeros": lambda: (h > 0).double() @ w2.T,
        "the nonlinearity keeps the negative values, not the positive ones": lambda: h.clamp(max=0) @ w2.T,
        "the input is added to the output": lambda: right + x,
    }
