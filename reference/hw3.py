"""Homework 3, solved: linear and multi-layer networks for MNIST, with nothing but base torch, Module and Parameter."""

import torch
from torch.nn import Module, ModuleList, Parameter
from torchvision import datasets


class Linear(Module):
    """X @ W^T, with Gaussian weights of standard deviation sqrt(2 / in_dim)."""

    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.weight = Parameter(torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5)  # (out_dim, in_dim)

    def forward(self, X):
        return X @ self.weight.T  # (..., in_dim) -> (..., out_dim)


class CrossEntropyLoss(Module):
    """Mean over the batch of log(sum_j exp(z_j)) - z_y."""

    def forward(self, logits, y):
        correct = logits[torch.arange(len(y)), y]  # (N,)
        # logsumexp subtracts the largest logit first, so exp can't overflow.
        return (torch.logsumexp(logits, dim=1) - correct).mean()


class SGD:
    """Gradient descent: p <- p - learning_rate * p.grad, in place."""

    def __init__(self, parameters, learning_rate):
        self.parameters = list(parameters)  # model.parameters() can be iterated over only once
        self.learning_rate = learning_rate

    def step(self):
        with torch.no_grad():  # the update itself is not part of the computation that is differentiated
            for p in self.parameters:
                if p.grad is not None:
                    p -= self.learning_rate * p.grad

    def zero_grad(self):
        for p in self.parameters:
            if p.grad is not None:
                p.grad.zero_()


class DataLoader:
    """Iterates over (X, y) in minibatches, in order; the last one may be shorter."""

    def __init__(self, X, y, batch_size=100):
        self.X, self.y, self.batch_size = X, y, batch_size
        self.start = len(X)  # exhausted until iter() is called

    def __iter__(self):
        self.start = 0
        return self

    def __next__(self):
        if self.start >= len(self.X):
            raise StopIteration
        batch = slice(self.start, self.start + self.batch_size)
        self.start += self.batch_size
        return self.X[batch], self.y[batch]


def epoch(model, loader, loss, opt=None):
    """One pass over the loader: trains if there is an optimizer. Returns (average loss, average error)."""
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


mnist_train = datasets.MNIST(".", train=True, download=True)
mnist_test = datasets.MNIST(".", train=False, download=True)
train_dataloader = DataLoader(mnist_train.data.reshape(-1, 784) / 255.0, mnist_train.targets)  # (60000, 784)
test_dataloader = DataLoader(mnist_test.data.reshape(-1, 784) / 255.0, mnist_test.targets)  # (10000, 784)


def train(model, learning_rate, epochs):
    """Train the model on MNIST and return it."""
    loss, opt = CrossEntropyLoss(), SGD(model.parameters(), learning_rate)
    for i in range(epochs):
        train_loss, train_err = epoch(model, train_dataloader, loss, opt)
        test_loss, test_err = epoch(model, test_dataloader, loss)
        print(
            f"Epoch {i + 1}: train loss {train_loss:.4f}, train error {train_err:.4f}, "
            f"test loss {test_loss:.4f}, test error {test_err:.4f}"
        )
    return model


linear_model = train(Linear(784, 10), learning_rate=0.2, epochs=3)


def eval_linear_model():
    """The trained linear model: below 10 % error on the test images."""
    return linear_model


class TwoLayerNN(Module):
    """W2 relu(W1 x)."""

    def __init__(self, in_dim, hidden_dim, out_dim):
        super().__init__()
        self.linear1 = Linear(in_dim, hidden_dim)
        self.linear2 = Linear(hidden_dim, out_dim)

    def forward(self, X):
        return self.linear2(torch.relu(self.linear1(X)))  # (N, in_dim) -> (N, hidden_dim) -> (N, out_dim)


two_layer_model = train(TwoLayerNN(784, 300, 10), learning_rate=0.3, epochs=7)


def eval_two_layer_nn():
    """The trained two-layer network: below 3 % error on the test images."""
    return two_layer_model


class MultiLayerNN(Module):
    """WL relu(... relu(W1 x)): one linear layer more than there are hidden dimensions."""

    def __init__(self, in_dim, out_dim, hidden_dims):
        super().__init__()
        dims = [in_dim, *hidden_dims, out_dim]
        self.linears = ModuleList(Linear(a, b) for a, b in zip(dims[:-1], dims[1:], strict=True))

    def forward(self, X):
        for linear in self.linears[:-1]:
            X = torch.relu(linear(X))
        return self.linears[-1](X)
