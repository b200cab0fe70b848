"""The places in `reference/hw3.py` that edits replace. When the reference is reworded, only this file has to follow."""

IMPORTS = "from torchvision import datasets\n"  # what comes after it stands before every definition

LINEAR_CLASS = "class Linear(Module):\n"
LINEAR_SIGNATURE = "def __init__(self, in_dim, out_dim):"
LINEAR_SUPER = "        super().__init__()\n        self.weight"
LINEAR_WEIGHT = "self.weight = Parameter(torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5)"
LINEAR_FORWARD = "return X @ self.weight.T"

LOSS_CLASS = "class CrossEntropyLoss(Module):\n"
LOSS_SIGNATURE = "def forward(self, logits, y):"
LOSS_CORRECT = "correct = logits[torch.arange(len(y)), y]"
LOSS_RETURN = "return (torch.logsumexp(logits, dim=1) - correct).mean()"

SGD_CLASS = "class SGD:\n"
SGD_SIGNATURE = "def __init__(self, parameters, learning_rate):"
SGD_PARAMETERS = "self.parameters = list(parameters)"
SGD_RATE = "self.learning_rate = learning_rate"
SGD_UPDATE = "p -= self.learning_rate * p.grad"
SGD_STEP = """\
        with torch.no_grad():  # the update itself is not part of the computation that is differentiated
            for p in self.parameters:
                if p.grad is not None:
                    p -= self.learning_rate * p.grad
"""
SGD_ZERO = "p.grad.zero_()"
SGD_ZERO_GRAD = """\
        for p in self.parameters:
            if p.grad is not None:
                p.grad.zero_()
"""

LOADER_CLASS = "class DataLoader:\n"
LOADER_SIGNATURE = "def __init__(self, X, y, batch_size=100):"
LOADER_STORE = "self.X, self.y, self.batch_size = X, y, batch_size"
LOADER_START = "self.start = len(X)"
LOADER_ITER = """\
        self.start = 0
        return self
"""
LOADER_STOP = """\
        if self.start >= len(self.X):
            raise StopIteration
"""
LOADER_BATCH = "batch = slice(self.start, self.start + self.batch_size)"
LOADER_ADVANCE = "self.start += self.batch_size"
LOADER_RETURN = "return self.X[batch], self.y[batch]"
LOADER_INIT = """\
        self.X, self.y, self.batch_size = X, y, batch_size
        self.start = len(X)  # exhausted until iter() is called
"""
LOADER_NEXT = """\
        if self.start >= len(self.X):
            raise StopIteration
        batch = slice(self.start, self.start + self.batch_size)
        self.start += self.batch_size
        return self.X[batch], self.y[batch]
"""

EPOCH_SIGNATURE = "def epoch(model, loader, loss, opt=None):"
EPOCH_TOTALS = "total_loss, total_error, count = 0.0, 0, 0"
EPOCH_GRAD_MODE = "with torch.set_grad_enabled(opt is not None):"
EPOCH_LOOP = "for X, y in loader:"
EPOCH_PREDICT = """\
            logits = model(X)  # (N, k)
            batch_loss = loss(logits, y)
"""
EPOCH_TRAIN = """\
            if opt is not None:
                opt.zero_grad()
                batch_loss.backward()
                opt.step()
"""
EPOCH_LOSS = "total_loss += batch_loss.item() * len(y)"
EPOCH_ERROR = "total_error += (logits.argmax(dim=1) != y).sum().item()"
EPOCH_COUNT = "count += len(y)"
EPOCH_RETURN = "return total_loss / count, total_error / count"
EPOCH_BODY = """\
    total_loss, total_error, count = 0.0, 0, 0
    with torch.set_grad_enabled(opt is not None):  # evaluation needs no gradients
        for X, y in loader:
            logits = model(X)  # (N, k)
            batch_loss = loss(logits, y)
            if opt is not None:
                opt.zero_grad()
                batch_loss.backward()
                opt.step()
            total_loss += batch_loss.item() * len(y)  # batches may differ in size: weight each by its own
            total_error += (logits.argmax(dim=1) != y).sum().item()
            count += len(y)
    return total_loss / count, total_error / count
"""

MNIST = 'mnist_train = datasets.MNIST(".", train=True, download=True)\n'
TRAIN_LOOP = "for i in range(epochs):"

LINEAR_TRAINED = "linear_model = train(Linear(784, 10), learning_rate=0.2, epochs=3)"
LINEAR_EVAL = "def eval_linear_model():"
LINEAR_RETURN = "return linear_model"

TWO_LAYER_CLASS = "class TwoLayerNN(Module):\n"
TWO_LAYER_SIGNATURE = "def __init__(self, in_dim, hidden_dim, out_dim):"
TWO_LAYER_FIRST = "self.linear1 = Linear(in_dim, hidden_dim)"
TWO_LAYER_SECOND = "self.linear2 = Linear(hidden_dim, out_dim)"
TWO_LAYER_INIT = """\
        self.linear1 = Linear(in_dim, hidden_dim)
        self.linear2 = Linear(hidden_dim, out_dim)
"""
TWO_LAYER_FORWARD = "return self.linear2(torch.relu(self.linear1(X)))"

TWO_LAYER_TRAINED = "two_layer_model = train(TwoLayerNN(784, 300, 10), learning_rate=0.3, epochs=7)"
TWO_LAYER_EVAL = "def eval_two_layer_nn():"
TWO_LAYER_RETURN = "return two_layer_model"

MULTI_LAYER_CLASS = "class MultiLayerNN(Module):\n"
MULTI_LAYER_SIGNATURE = "def __init__(self, in_dim, out_dim, hidden_dims):"
MULTI_LAYER_DIMS = "dims = [in_dim, *hidden_dims, out_dim]"
MULTI_LAYER_LAYERS = "self.linears = ModuleList(Linear(a, b) for a, b in zip(dims[:-1], dims[1:], strict=True))"
MULTI_LAYER_INIT = """\
        dims = [in_dim, *hidden_dims, out_dim]
        self.linears = ModuleList(Linear(a, b) for a, b in zip(dims[:-1], dims[1:], strict=True))
"""
MULTI_LAYER_RELU = "X = torch.relu(linear(X))"
MULTI_LAYER_LAST = "return self.linears[-1](X)"
MULTI_LAYER_FORWARD = """\
        for linear in self.linears[:-1]:
            X = torch.relu(linear(X))
        return self.linears[-1](X)
"""  # the last lines of the file
