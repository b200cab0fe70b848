"""TwoLayerNN and MultiLayerNN, written in other ways that are as right as the reference's."""

from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.variants import Variant
from tests.meta.variants.making import variant


def _relu(name: str, what: str, two_layer: str, multi_layer: str) -> Variant:
    """The two expressions compute relu(h), where h is the output of a hidden layer."""
    return variant(
        f"relu-{name}",
        what,
        (at.TWO_LAYER_FORWARD, f"h = self.linear1(X)\n        return self.linear2({two_layer})"),
        (at.MULTI_LAYER_RELU, f"h = linear(X)\n            X = {multi_layer}"),
    )


VARIANTS: tuple[Variant, ...] = (
    _relu("clamp", "ReLU is clamp(min=0)", "h.clamp(min=0)", "torch.clamp(h, min=0.0)"),
    _relu(
        "maximum",
        "ReLU is the maximum with zeros",
        "torch.maximum(h, torch.zeros_like(h))",
        "torch.maximum(h, torch.tensor(0.0))",
    ),
    _relu("product", "ReLU is the product with a mask", "h * (h > 0)", "h * (h > 0).to(h.dtype)"),
    _relu("where", "ReLU is torch.where", "torch.where(h > 0, h, torch.zeros_like(h))", "torch.where(h > 0, h, 0.0)"),
    _relu("method", "ReLU is a method of the tensor, in place on the layer's own output", "h.relu()", "h.relu_()"),
    variant(
        "relu-own-module",
        "ReLU is a Module of its own, without parameters",
        (
            at.TWO_LAYER_CLASS,
            "class ReLU(Module):\n    def forward(self, X):\n        return torch.relu(X)\n\n\n" + at.TWO_LAYER_CLASS,
        ),
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND + "\n        self.relu = ReLU()"),
        (at.TWO_LAYER_FORWARD, "return self.linear2(self.relu(self.linear1(X)))"),
        (at.MULTI_LAYER_RELU, "X = ReLU()(linear(X))"),
    ),
    variant(
        "multi-layer-append",
        "the layers are appended in a loop, and the last one is told by its index",
        (
            at.MULTI_LAYER_INIT,
            "        self.linears = ModuleList()\n"
            "        last = in_dim\n"
            "        for dim in hidden_dims:\n"
            "            self.linears.append(Linear(last, dim))\n"
            "            last = dim\n"
            "        self.linears.append(Linear(last, out_dim))\n",
        ),
        (
            at.MULTI_LAYER_FORWARD,
            "        for i, linear in enumerate(self.linears):\n"
            "            X = linear(X)\n"
            "            if i < len(self.linears) - 1:\n"
            "                X = torch.relu(X)\n"
            "        return X\n",
        ),
    ),
    variant(
        "multi-layer-list-sum",
        "the sizes are a sum of lists, and the layers a list comprehension",
        (at.MULTI_LAYER_DIMS, "dims = [in_dim] + hidden_dims + [out_dim]"),
        (
            at.MULTI_LAYER_LAYERS,
            "self.linears = ModuleList([Linear(dims[i], dims[i + 1]) for i in range(len(dims) - 1)])",
        ),
    ),
    variant(
        "multi-layer-copied-list",
        "a copy of the caller's list is changed",
        (
            at.MULTI_LAYER_DIMS,
            "dims = hidden_dims.copy()\n        dims.insert(0, in_dim)\n        dims.append(out_dim)",
        ),
    ),
    variant(
        "multi-layer-reduce",
        "forward goes from the first layer to the rest with functools.reduce",
        (
            at.MULTI_LAYER_FORWARD,
            "        first, *rest = self.linears\n"
            "        return functools.reduce(lambda h, linear: linear(torch.relu(h)), rest, first(X))\n",
        ),
        (at.MULTI_LAYER_LAYERS, "self.linears = ModuleList(itertools.starmap(Linear, itertools.pairwise(dims)))"),
        importing("import functools\nimport itertools"),
    ),
    variant(
        "multi-layer-recursive",
        "forward calls a recursive helper",
        (
            at.MULTI_LAYER_FORWARD,
            "        return self._apply_from(0, X)\n\n"
            "    def _apply_from(self, i, h):\n"
            "        h = self.linears[i](h)\n"
            "        return h if i + 1 == len(self.linears) else self._apply_from(i + 1, torch.relu(h))\n",
        ),
    ),
    variant(
        "multi-layer-methods",
        "the layers are added with extend, and popped from a list in forward",
        (
            at.MULTI_LAYER_LAYERS,
            "self.linears = ModuleList()\n        self.linears.extend(map(Linear, dims[:-1], dims[1:]))",
        ),
        (
            at.MULTI_LAYER_FORWARD,
            "        layers = list(self.linears)\n"
            "        output = layers.pop()\n"
            "        while layers:\n"
            "            X = layers.pop(0)(X).clamp_min(0)\n"
            "        return output(X)\n",
        ),
    ),
    variant(
        "networks-share-a-base",
        "both networks inherit their forward from a base class",
        (
            at.TWO_LAYER_CLASS,
            "class ReLUNetwork(Module):\n"
            '    """Applies layers() in order, with ReLU between them."""\n\n'
            "    def forward(self, X):\n"
            "        *hidden, last = self.layers()\n"
            "        for layer in hidden:\n"
            "            X = torch.relu(layer(X))\n"
            "        return last(X)\n\n\n"
            "class TwoLayerNN(ReLUNetwork):\n",
        ),
        (
            "    def forward(self, X):\n        " + at.TWO_LAYER_FORWARD,
            "    def layers(self):\n        return [self.linear1, self.linear2]",
        ),
        (at.MULTI_LAYER_CLASS, "class MultiLayerNN(ReLUNetwork):\n"),
        (
            "    def forward(self, X):\n" + at.MULTI_LAYER_FORWARD,
            "    def layers(self):\n        return self.linears\n",
        ),
    ),
)
