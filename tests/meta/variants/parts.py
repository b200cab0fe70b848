"""The seven parts, each written in other ways that are as right as the reference's."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at
from tests.meta.variants import Variant


def _variant(name: str, what: str, *edits: Edit) -> Variant:
    return Variant(name=name, what=what, edits=edits)


def _import(statement: str) -> Edit:
    """Another import below those of the reference."""
    return at.IMPORTS, f"{at.IMPORTS}{statement}\n"


def _product(name: str, what: str, body: str) -> Variant:
    """Linear ends with `body`."""
    return _variant(f"linear-{name}", what, (at.LINEAR_FORWARD, body))


def _weight(name: str, what: str, statements: str, *edits: Edit) -> Variant:
    """`statements` store the initial weight of Linear."""
    return _variant(f"linear-{name}", what, (at.LINEAR_WEIGHT, statements), *edits)


def _loss(name: str, what: str, body: str, *edits: Edit) -> Variant:
    """CrossEntropyLoss ends with `body`; `correct` (N,) holds the logits of the right classes."""
    return _variant(f"loss-{name}", what, (at.LOSS_RETURN, body), *edits)


def _update(name: str, what: str, statement: str) -> Variant:
    """`statement` updates one parameter p that has a gradient, inside torch.no_grad()."""
    return _variant(f"sgd-{name}", what, (at.SGD_UPDATE, statement))


def _zero(name: str, what: str, statement: str) -> Variant:
    """`statement` zeroes the gradient of one parameter p that has one."""
    return _variant(f"sgd-{name}", what, (at.SGD_ZERO, statement))


def _relu(name: str, what: str, two_layer: str, multi_layer: str) -> Variant:
    """The two expressions compute relu(h), where h is the output of a hidden layer."""
    return _variant(
        f"relu-{name}",
        what,
        (at.TWO_LAYER_FORWARD, f"h = self.linear1(X)\n        return self.linear2({two_layer})"),
        (at.MULTI_LAYER_RELU, f"h = linear(X)\n            X = {multi_layer}"),
    )


_LINEAR = (
    _product("einsum", "the product is an einsum", 'return torch.einsum("...i,oi->...o", X, self.weight)'),
    _product(
        "broadcast-sum",
        "small products are summed over a broadcast product, large ones are matrix products",
        "if X.numel() * len(self.weight) <= 200_000:  # (..., out_dim, in_dim) fits in the cache\n"
        "            return (X[..., None, :] * self.weight).sum(dim=-1)\n"
        "        return X @ self.weight.T",
    ),
    _product(
        "float64-inside",
        "the product is computed in float64 and cast back",
        "return (X.double() @ self.weight.double().T).to(X.dtype)",
    ),
    _product(
        "column-vectors",
        "every input is a column that is multiplied from the left",
        "return (self.weight @ X[..., None])[..., 0]",
    ),
    _product("tensordot", "the product is a tensordot", "return torch.tensordot(X, self.weight, dims=([-1], [1]))"),
    _product("matmul", "the product is a call of torch.matmul", "return torch.matmul(X, self.weight.transpose(0, 1))"),
    _product(
        "flattened",
        "leading dimensions are flattened for the product and restored after it",
        "rows = torch.mm(X.reshape(-1, X.shape[-1]), self.weight.t())\n"
        "        return rows.reshape(*X.shape[:-1], self.weight.shape[0])",
    ),
    _weight(
        "torch-normal",
        "the initial weights come from torch.normal",
        "self.weight = Parameter(torch.normal(0.0, math.sqrt(2.0 / in_dim), size=(out_dim, in_dim)))",
        _import("import math"),
    ),
    _weight(
        "empty-normal",
        "the initial weights are drawn into an empty tensor",
        "self.weight = Parameter(torch.empty(out_dim, in_dim).normal_(std=(2 / in_dim) ** 0.5))",
    ),
    _weight(
        "drawn-in-place",
        "the Parameter is made first and filled under no_grad",
        "self.weight = Parameter(torch.zeros(out_dim, in_dim))\n"
        "        with torch.no_grad():\n"
        "            self.weight.normal_().mul_(2**0.5).div_(in_dim**0.5)",
    ),
    _weight(
        "transposed-storage",
        "the weights are drawn as (in_dim, out_dim) and transposed, so that they are not contiguous",
        "self.weight = Parameter((torch.randn(in_dim, out_dim) / torch.sqrt(torch.tensor(in_dim / 2))).T)",
    ),
    _weight(
        "numpy-normal",
        "the initial weights come from numpy's generator",
        "scale = np.sqrt(2.0 / in_dim)\n"
        "        self.weight = Parameter(torch.tensor(scale * np.random.randn(out_dim, in_dim), dtype=torch.float32))",
        _import("import numpy as np"),
    ),
    _weight(
        "box-muller",
        "the Gaussian numbers are made from uniform ones by the method of Box and Muller",
        "u, v = torch.rand(2, out_dim, in_dim, dtype=torch.float64)\n"
        "        gaussian = torch.sqrt(-2 * torch.log(1 - u)) * torch.cos(2 * torch.pi * v)\n"
        "        self.weight = Parameter((gaussian * (2 / in_dim) ** 0.5).float())",
    ),
    _weight(
        "row-by-row",
        "each row of the initial weights is drawn by a call of its own",
        "rows = [torch.randn(in_dim) * (2 / in_dim) ** 0.5 for _ in range(out_dim)]\n"
        '        self.register_parameter("weight", Parameter(torch.stack(rows)))',
    ),
)

_LOSS = (
    _loss(
        "one-hot",
        "the right logits are picked by a product with one-hot labels",
        "one_hot = torch.eye(logits.shape[1])[y]\n"
        "        return -(one_hot * torch.log_softmax(logits, dim=1)).sum() / len(y)",
    ),
    _loss(
        "gather",
        "the logarithms are picked by gather",
        "return -torch.log_softmax(logits, dim=-1).gather(1, y.unsqueeze(1)).squeeze(1).mean()",
    ),
    _loss(
        "shifted-by-hand",
        "the largest logit of each row is subtracted by hand",
        "z = logits - torch.max(logits, dim=1, keepdim=True).values\n"
        "        log_p = z - torch.log(torch.sum(torch.exp(z), dim=1, keepdim=True))\n"
        "        return -torch.mean(log_p[range(len(y)), y])",
    ),
    _loss(
        "detached-shift",
        "the largest logit is subtracted as a constant, which does not change the gradient",
        "shift = logits.detach().amax(dim=1)  # (N,)\n"
        "        return (torch.log(torch.exp(logits - shift[:, None]).sum(dim=1)) + shift - correct).mean()",
    ),
    _loss(
        "float64-inside",
        "the loss is computed in float64 and cast back",
        "z = logits.double()\n"
        "        return (z.logsumexp(1).mean() - z[torch.arange(len(y)), y].mean()).to(logits.dtype)",
    ),
    _loss(
        "mask",
        "the right logits are picked by a mask, y == class",
        "mask = y[:, None] == torch.arange(logits.shape[1])  # (N, k)\n"
        "        return (torch.logsumexp(logits, dim=1) - torch.where(mask, logits, 0.0).sum(dim=1)).mean()",
    ),
    _loss(
        "take-along-dim",
        "the right logits are subtracted first, and the rest is the log-sum-exp of the differences",
        "right = torch.take_along_dim(logits, y.long()[:, None], dim=1)  # (N, 1)\n"
        "        return torch.logsumexp(logits - right, dim=1).sum().div(logits.size(0))",
    ),
    _variant(
        "loss-function",
        "forward calls a function that is defined below the class",
        (at.LOSS_RETURN, "return cross_entropy(logits, y)"),
        (
            at.SGD_CLASS,
            "def cross_entropy(logits, y):\n"
            "    return -logits.log_softmax(1)[torch.arange(y.numel()), y].mean()\n\n\n" + at.SGD_CLASS,
        ),
    ),
)

_SGD = (
    _update("data", "the update goes through p.data", "p.data -= self.learning_rate * p.grad.data"),
    _update("data-assigned", "p.data is assigned", "p.data = p.data - self.learning_rate * p.grad"),
    _update("add-alpha", "the update is a call of add_", "p.add_(p.grad, alpha=-self.learning_rate)"),
    _update("copy", "the new values are computed first and copied", "p.copy_(p - p.grad * self.learning_rate)"),
    _variant(
        "sgd-decorator",
        "torch.no_grad() decorates the method, and p.sub_ makes the step",
        ("    def step(self):\n", "    @torch.no_grad()\n    def step(self):\n"),
        (
            at.SGD_STEP,
            "        for p in filter(lambda p: p.grad is not None, self.parameters):\n"
            "            p.sub_(self.learning_rate * p.grad)\n",
        ),
    ),
    _variant(
        "sgd-needs-gradients",
        "step() takes for granted that every parameter has a gradient",
        (at.SGD_STEP, at.SGD_STEP.replace("                if p.grad is not None:\n    ", "")),
    ),
    _variant(
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
    _variant(
        "sgd-own-names",
        "the attributes have other names and the parameters are kept in a tuple",
        (at.SGD_PARAMETERS, "self.params = tuple(list(parameters))"),
        (at.SGD_RATE, "self.lr = learning_rate"),
        (at.SGD_STEP, at.SGD_STEP.replace("self.parameters", "self.params").replace("self.learning_rate", "self.lr")),
        (at.SGD_ZERO_GRAD, at.SGD_ZERO_GRAD.replace("self.parameters", "self.params")),
    ),
    _zero("zero-grad-none", "zero_grad() sets gradients to None", "p.grad = None"),
    _zero("zero-grad-zeros-like", "zero_grad() assigns new zeros", "p.grad = torch.zeros_like(p)"),
    _variant(
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

_LOADER = (
    _variant(
        "loader-split",
        "the batches are views made by torch.split, with a counter",
        (
            at.LOADER_INIT,
            "        self.batches = list(zip(torch.split(X, batch_size), torch.split(y, batch_size)))\n"
            "        self.current = 0\n",
        ),
        (at.LOADER_ITER, "        self.current = 0\n        return self\n"),
        (
            at.LOADER_NEXT,
            "        if self.current == len(self.batches):\n"
            "            raise StopIteration\n"
            "        self.current += 1\n"
            "        return self.batches[self.current - 1]\n",
        ),
    ),
    _variant(
        "loader-batch-number",
        "the batches are counted, and the first one is ready from the start",
        (
            at.LOADER_INIT,
            "        self.X = X\n        self.y = y\n        self.batch_size = batch_size\n"
            "        self.number, self.count = 0, math.ceil(len(X) / batch_size)\n",
        ),
        (at.LOADER_ITER, "        self.number = 0\n        return self\n"),
        (
            at.LOADER_NEXT,
            "        if self.number < self.count:\n"
            "            first = self.number * self.batch_size\n"
            "            last = min(first + self.batch_size, self.X.shape[0])\n"
            "            self.number += 1\n"
            "            return self.X[first:last], self.y[first:last]\n"
            "        raise StopIteration()\n",
        ),
        _import("import math"),
    ),
    _variant(
        "loader-generator-inside",
        "__iter__ keeps a generator and returns self; __next__ asks it",
        (
            at.LOADER_INIT,
            "        self.X, self.y, self.batch_size = X, y, batch_size\n        self.batches = iter(())\n",
        ),
        (
            at.LOADER_ITER,
            "        starts = range(0, len(self.y), self.batch_size)\n"
            "        slices = (slice(start, start + self.batch_size) for start in starts)\n"
            "        self.batches = ((self.X[rows], self.y[rows]) for rows in slices)\n"
            "        return self\n",
        ),
        (at.LOADER_NEXT, "        return next(self.batches)\n"),
    ),
    _variant(
        "loader-index-tensor",
        "the rows of a batch are picked by a tensor of indices",
        (at.LOADER_BATCH, "batch = torch.arange(self.start, min(self.start + self.batch_size, self.X.size(0)))"),
    ),
    _variant(
        "loader-chunks",
        "the indices are cut into pieces, which are taken from a list one by one",
        (
            at.LOADER_INIT,
            at.LOADER_INIT.replace("self.start = len(X)  # exhausted until iter() is called", "self.left = []"),
        ),
        (
            at.LOADER_ITER,
            "        self.left = list(torch.arange(len(self.X)).split(self.batch_size)) if len(self.X) else []\n"
            "        return self\n",
        ),
        (
            at.LOADER_NEXT,
            "        if not self.left:\n"
            "            raise StopIteration\n"
            "        rows = self.left.pop(0)\n"
            "        return (self.X.index_select(0, rows), self.y.index_select(0, rows))\n",
        ),
    ),
    _variant(
        "loader-counter-set-by-iter",
        "the counter is first set by __iter__, and narrow cuts the batches",
        (at.LOADER_INIT, "        self.X, self.y, self.batch_size = X, y, batch_size\n"),
        (
            at.LOADER_NEXT,
            "        size = min(self.batch_size, len(self.X) - self.start)\n"
            "        if size <= 0:\n"
            "            raise StopIteration\n"
            "        start, self.start = self.start, self.start + size\n"
            "        return self.X.narrow(0, start, size), self.y.narrow(0, start, size)\n",
        ),
    ),
)

_EPOCH = (
    _variant(
        "epoch-with-gradients",
        "evaluation builds the graph too and does nothing with it",
        (at.EPOCH_GRAD_MODE, "if True:"),
    ),
    _variant(
        "epoch-two-loops",
        "training and evaluation are two loops, and the totals are lists",
        (
            at.EPOCH_BODY,
            "    losses, wrong, sizes = [], [], []\n"
            "    if opt:\n"
            "        for X, y in loader:\n"
            "            opt.zero_grad()\n"
            "            h = model(X)\n"
            "            batch_loss = loss(h, y)\n"
            "            batch_loss.backward()\n"
            "            opt.step()\n"
            "            losses.append(batch_loss.item() * X.shape[0])\n"
            "            wrong.append(int((h.max(dim=1).indices != y).sum()))\n"
            "            sizes.append(X.shape[0])\n"
            "    else:\n"
            "        with torch.no_grad():\n"
            "            for X, y in loader:\n"
            "                h = model(X)\n"
            "                losses.append(loss(h, y).item() * X.shape[0])\n"
            "                wrong.append(int((h.max(dim=1).indices != y).sum()))\n"
            "                sizes.append(X.shape[0])\n"
            "    return sum(losses) / sum(sizes), sum(wrong) / sum(sizes)\n",
        ),
    ),
    _variant(
        "epoch-float64-tensors",
        "the totals are float64 tensors, and .item() is called at the end",
        (at.EPOCH_TOTALS, "total_loss, total_error = torch.zeros(2, dtype=torch.float64)\n    count = 0"),
        (at.EPOCH_LOSS, "total_loss += batch_loss.detach().double() * X.size(0)"),
        (at.EPOCH_ERROR, "total_error += torch.ne(torch.argmax(logits, 1), y).double().sum()"),
        (at.EPOCH_RETURN, "return (total_loss / count).item(), (total_error / count).item()"),
    ),
    _variant(
        "epoch-one-minus-accuracy",
        "the error is one minus the accuracy",
        (at.EPOCH_ERROR, at.EPOCH_ERROR.replace("!=", "==")),
        (at.EPOCH_RETURN, "return total_loss / count, 1 - total_error / count"),
    ),
    _variant(
        "epoch-error-rate-times-size",
        "each batch's error rate is weighted by its size",
        (at.EPOCH_ERROR, "total_error += (logits.argmax(-1) != y).double().mean().item() * len(y)"),
    ),
    _variant(
        "epoch-train-and-eval-mode",
        "the model is switched to training or evaluation mode first",
        (at.EPOCH_TOTALS, "model.train(opt is not None)\n    " + at.EPOCH_TOTALS),
    ),
    _variant(
        "epoch-zero-grad-first",
        "zero_grad() stands at the beginning of the loop, and the batch is not unpacked there",
        (
            at.EPOCH_BODY,
            "    totals = [0.0, 0.0, 0]\n"
            "    for i, batch in enumerate(loader):\n"
            "        if opt is not None:\n"
            "            opt.zero_grad()\n"
            "        scores = model(batch[0])\n"
            "        value = loss(scores, batch[1])\n"
            "        size = len(batch[1])\n"
            "        totals[0] += float(value) * size\n"
            "        totals[1] += float(torch.count_nonzero(scores.argmax(dim=1) - batch[1]))\n"
            "        totals[2] += size\n"
            "        if opt is None:\n"
            "            continue\n"
            "        value.backward()\n"
            "        opt.step()\n"
            "    avg_loss, avg_error = (total / totals[2] for total in totals[:2])\n"
            "    return (avg_loss, avg_error)\n",
        ),
    ),
)

_NETWORKS = (
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
    _variant(
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
    _variant(
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
    _variant(
        "multi-layer-list-sum",
        "the sizes are a sum of lists, and the layers a list comprehension",
        (at.MULTI_LAYER_DIMS, "dims = [in_dim] + hidden_dims + [out_dim]"),
        (
            at.MULTI_LAYER_LAYERS,
            "self.linears = ModuleList([Linear(dims[i], dims[i + 1]) for i in range(len(dims) - 1)])",
        ),
    ),
    _variant(
        "multi-layer-copied-list",
        "a copy of the caller's list is changed",
        (
            at.MULTI_LAYER_DIMS,
            "dims = hidden_dims.copy()\n        dims.insert(0, in_dim)\n        dims.append(out_dim)",
        ),
    ),
    _variant(
        "multi-layer-reduce",
        "forward goes from the first layer to the rest with functools.reduce",
        (
            at.MULTI_LAYER_FORWARD,
            "        first, *rest = self.linears\n"
            "        return functools.reduce(lambda h, linear: linear(torch.relu(h)), rest, first(X))\n",
        ),
        (at.MULTI_LAYER_LAYERS, "self.linears = ModuleList(itertools.starmap(Linear, itertools.pairwise(dims)))"),
        _import("import functools\nimport itertools"),
    ),
    _variant(
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
    _variant(
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
    _variant(
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

VARIANTS: tuple[Variant, ...] = (*_LINEAR, *_LOSS, *_SGD, *_LOADER, *_EPOCH, *_NETWORKS)
