"""Known-good parts that take the place of a student's wrong ones, so that a mistake costs its own question only.

Executed in the worker. Made of torch's own layers, losses and optimizers: they show nobody how to write the homework.
"""

import torch
from torch.utils import data


class Linear(torch.nn.Linear):
    def __init__(self, in_dim, out_dim):
        super().__init__(in_dim, out_dim, bias=False)
        torch.nn.init.kaiming_normal_(self.weight, nonlinearity="relu")


class CrossEntropyLoss(torch.nn.CrossEntropyLoss):
    def __init__(self):  # so that it is this file that calls torch's constructor, and not the student's
        super().__init__()


class SGD(torch.optim.SGD):
    def __init__(self, parameters, learning_rate):
        super().__init__(parameters, lr=learning_rate)


class DataLoader:
    def __init__(self, X, y, batch_size=100):
        self.X, self.y, self.batch_size = X, y, batch_size
        self.left = iter(())

    def __iter__(self):
        indices = data.BatchSampler(data.SequentialSampler(self.X), self.batch_size, drop_last=False)
        self.left = iter(indices)
        return self

    def __next__(self):
        chosen = next(self.left)
        return self.X[chosen], self.y[chosen]


def epoch(model, loader, loss, opt=None):
    sums = torch.zeros(3, dtype=torch.float64)
    with torch.set_grad_enabled(opt is not None):
        for X, y in loader:
            out = model(X)
            value = loss(out, y)
            if opt is not None:
                opt.zero_grad()
                value.backward()
                opt.step()
            wrong = out.detach().max(dim=-1).indices.ne(y)
            sums += torch.tensor([value.item() * len(wrong), wrong.sum().item(), len(wrong)], dtype=torch.float64)
    return tuple((sums[:2] / sums[2]).tolist())


class TwoLayerNN(torch.nn.Module):
    def __init__(self, in_dim, hidden_dim, out_dim):
        super().__init__()
        self.linear1 = Linear(in_dim, hidden_dim)
        self.linear2 = Linear(hidden_dim, out_dim)

    def forward(self, X):
        return self.linear2(torch.nn.functional.relu(self.linear1(X)))


class MultiLayerNN(torch.nn.Module):
    def __init__(self, in_dim, out_dim, hidden_dims):
        super().__init__()
        ends = [*hidden_dims, out_dim]
        self.linears = torch.nn.ModuleList(map(Linear, [in_dim, *hidden_dims], ends))

    def forward(self, X):
        *hidden, last = self.linears
        for layer in hidden:
            X = torch.nn.functional.relu(layer(X))
        return last(X)
