"""What `train` is given to be watched. It lives in the worker: what it tells is a claim, no more."""

import torch


class Bigram(torch.nn.Module):
    """Logits of the next token by the last one alone."""

    def __init__(self, table):
        super().__init__()
        self.table = torch.nn.Parameter(table.clone())

    def forward(self, X):
        return torch.nn.functional.embedding(X, self.table)


class CountingSGD(torch.optim.SGD):
    """An optimizer that counts its steps."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr=lr)
        self.steps = 0

    def step(self):
        self.steps += 1
        super().step()


class CountingBatches:
    """Batches that count how often one goes through them, and how many are taken."""

    def __init__(self, batches):
        self.batches, self.passes, self.taken = batches, 0, 0

    def __iter__(self):
        self.passes += 1
        for batch in self.batches:
            self.taken += 1
            yield batch
