"""Homework 4: a character model, written with base torch. The reference solution."""

import math

import torch
from torch.nn import Module, Parameter


class Embedding(Module):
    """A table with one row for each token."""

    def __init__(self, num_embeddings, dim):
        super().__init__()
        ### BEGIN YOUR CODE
        self.weight = Parameter(torch.randn(num_embeddings, dim))
        ### END YOUR CODE

    def forward(self, Y):
        ### BEGIN YOUR CODE
        return self.weight[Y]  # (...) -> (..., dim)
        ### END YOUR CODE


class RMSNorm(Module):
    """X over the root of its mean square, times a weight."""

    def __init__(self, dim, eps=1e-5):
        super().__init__()
        ### BEGIN YOUR CODE
        self.weight = Parameter(torch.ones(dim))
        self.eps = eps
        ### END YOUR CODE

    def forward(self, X):
        ### BEGIN YOUR CODE
        mean_square = (X * X).mean(dim=-1, keepdim=True)  # (..., 1)
        return X / torch.sqrt(mean_square + self.eps) * self.weight  # (..., dim)
        ### END YOUR CODE


class CausalSelfAttention(Module):
    """softmax(Q K^T / sqrt(dim)) V, in which no position sees a later one."""

    def __init__(self, dim):
        super().__init__()
        ### BEGIN YOUR CODE
        std = 1 / math.sqrt(dim)
        self.wq = Parameter(torch.randn(dim, dim) * std)
        self.wk = Parameter(torch.randn(dim, dim) * std)
        self.wv = Parameter(torch.randn(dim, dim) * std)
        self.wo = Parameter(torch.randn(dim, dim) * std)
        ### END YOUR CODE

    def forward(self, X):
        ### BEGIN YOUR CODE
        Q, K, V = X @ self.wq.T, X @ self.wk.T, X @ self.wv.T  # each (..., T, dim)
        scores = Q @ K.transpose(-2, -1) / math.sqrt(X.shape[-1])  # (..., T, T)
        later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)  # (T, T)
        weights = torch.softmax(scores.masked_fill(later, -math.inf), dim=-1)  # (..., T, T)
        return weights @ V @ self.wo.T  # (..., T, dim)
        ### END YOUR CODE


class Adam:
    """Steps of the same size for large and small gradients."""

    def __init__(self, parameters, learning_rate=1e-3, betas=(0.9, 0.999), eps=1e-8):
        ### BEGIN YOUR CODE
        self.parameters = list(parameters)
        self.learning_rate, self.betas, self.eps = learning_rate, betas, eps
        self.steps = 0
        self.means = [torch.zeros_like(p) for p in self.parameters]
        self.squares = [torch.zeros_like(p) for p in self.parameters]
        ### END YOUR CODE

    def step(self):
        ### BEGIN YOUR CODE
        self.steps += 1
        beta1, beta2 = self.betas
        with torch.no_grad():
            for p, mean, square in zip(self.parameters, self.means, self.squares, strict=True):
                if p.grad is None:
                    continue
                mean += (1 - beta1) * (p.grad - mean)
                square += (1 - beta2) * (p.grad**2 - square)
                unbiased = mean / (1 - beta1**self.steps)
                scale = torch.sqrt(square / (1 - beta2**self.steps))
                p -= self.learning_rate * unbiased / (scale + self.eps)
        ### END YOUR CODE

    def zero_grad(self):
        ### BEGIN YOUR CODE
        for p in self.parameters:
            p.grad = None
        ### END YOUR CODE


def train(model, batches, opt):
    """One pass over batches (X, Y) of tokens and the tokens after them. Returns the losses, as floats."""
    ### BEGIN YOUR CODE
    losses = []
    for X, Y in batches:
        logits = model(X)  # (N, T, k)
        right = logits.gather(-1, Y[..., None])[..., 0]  # (N, T)
        loss = (logits.logsumexp(dim=-1) - right).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses
    ### END YOUR CODE


with open("sonnets.txt") as file:
    text = file.read()
vocabulary = sorted(set(text))  # a token is the place of its character in this list
tokens = torch.tensor([vocabulary.index(character) for character in text])
CONTEXT = 32


class CharacterModel(Module):
    """Logits of the next character for each place: (N, T) tokens -> (N, T, len(vocabulary)), T up to CONTEXT."""

    def __init__(self, dim=32):
        super().__init__()
        ### BEGIN YOUR CODE
        self.tokens = Embedding(len(vocabulary), dim)
        self.positions = Embedding(CONTEXT, dim)
        self.norm1, self.norm2, self.norm3 = RMSNorm(dim), RMSNorm(dim), RMSNorm(dim)
        self.attention = CausalSelfAttention(dim)
        self.up = Parameter(torch.randn(4 * dim, dim) * math.sqrt(2 / dim))
        self.down = Parameter(torch.randn(dim, 4 * dim) * math.sqrt(1 / (4 * dim)))
        self.out = Parameter(torch.randn(len(vocabulary), dim) * math.sqrt(1 / dim))
        ### END YOUR CODE

    def forward(self, Y):
        ### BEGIN YOUR CODE
        X = self.tokens(Y) + self.positions(torch.arange(Y.shape[-1]))  # (N, T, dim)
        X = X + self.attention(self.norm1(X))
        X = X + torch.relu(self.norm2(X) @ self.up.T) @ self.down.T
        return self.norm3(X) @ self.out.T
        ### END YOUR CODE


def batches(count, size=16):
    """Pieces of the text, and the same one character later: count times (size, CONTEXT) tokens each."""
    for _ in range(count):
        starts = torch.randint(len(tokens) - CONTEXT, (size,))
        places = starts[:, None] + torch.arange(CONTEXT)
        yield tokens[places], tokens[places + 1]


### BEGIN YOUR CODE
model = CharacterModel()
losses = train(model, batches(300), Adam(model.parameters(), learning_rate=0.01))
print(f"loss at the end: {sum(losses[-20:]) / 20:.2f}")
### END YOUR CODE


def eval_character_model():
    """The trained model."""
    ### BEGIN YOUR CODE
    return model
    ### END YOUR CODE
