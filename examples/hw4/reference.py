"""Homework 4: a character model.

Write it with calls of base torch, and Module, ModuleList, Parameter and Buffer of torch.nn. Fill in what is between the
marks, and grade it as often as you like: `grade hw4.py`. `sonnets.txt` lies beside this file.
"""

import math

import torch
from torch.nn import Module, Parameter


class Embedding(Module):
    """A table with one row for each token.

    .weight is a Parameter of shape (num_embeddings, dim), Gaussian with mean 0 and standard deviation 1.
    """

    def __init__(self, num_embeddings, dim):
        super().__init__()
        ### BEGIN YOUR CODE
        self.weight = Parameter(torch.randn(num_embeddings, dim))
        ### END YOUR CODE

    def forward(self, Y):
        """The row of each token. Y: tokens of any shape (...); result (..., dim)."""
        ### BEGIN YOUR CODE
        return self.weight[Y]  # (...) -> (..., dim)
        ### END YOUR CODE


class RMSNorm(Module):
    """X / sqrt(mean(X^2) + eps) * weight, along the last dimension.

    .weight is a Parameter of shape (dim,) that begins as ones.
    """

    def __init__(self, dim, eps=1e-5):
        super().__init__()
        ### BEGIN YOUR CODE
        self.weight = Parameter(torch.ones(dim))
        self.eps = eps
        ### END YOUR CODE

    def forward(self, X):
        """X: (..., dim), any leading dimensions; result of the same shape."""
        ### BEGIN YOUR CODE
        mean_square = (X * X).mean(dim=-1, keepdim=True)  # (..., 1)
        return X / torch.sqrt(mean_square + self.eps) * self.weight  # (..., dim)
        ### END YOUR CODE


class CausalSelfAttention(Module):
    """softmax(Q K^T / sqrt(dim)) V W_o^T, in which no position sees a later one; Q = X W_q^T, and so K and V.

    .wq, .wk, .wv and .wo are Parameters of shape (dim, dim), Gaussian with mean 0 and standard deviation 1 / sqrt(dim).
    There is no other parameter, and one head.
    """

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
        """X: sequences (..., T, dim), any leading dimensions; result of the same shape."""
        ### BEGIN YOUR CODE
        Q, K, V = X @ self.wq.T, X @ self.wk.T, X @ self.wv.T  # each (..., T, dim)
        scores = Q @ K.transpose(-2, -1) / math.sqrt(X.shape[-1])  # (..., T, T)
        later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)  # (T, T)
        weights = torch.softmax(scores.masked_fill(later, -math.inf), dim=-1)  # (..., T, T)
        return weights @ V @ self.wo.T  # (..., T, dim)
        ### END YOUR CODE


class Adam:
    """Adam, with the corrections of both means: as torch.optim.Adam without weight decay.

    mean = beta1 * mean + (1 - beta1) * gradient, and so the square with beta2; both begin as zeros. In step t:
    p = p - learning_rate * (mean / (1 - beta1^t)) / (sqrt(square / (1 - beta2^t)) + eps).
    """

    def __init__(self, parameters, learning_rate=1e-3, betas=(0.9, 0.999), eps=1e-8):
        """parameters: any iterable, as model.parameters()."""
        ### BEGIN YOUR CODE
        self.parameters = list(parameters)
        self.learning_rate, self.betas, self.eps = learning_rate, betas, eps
        self.steps = 0
        self.means = [torch.zeros_like(p) for p in self.parameters]
        self.squares = [torch.zeros_like(p) for p in self.parameters]
        ### END YOUR CODE

    def step(self):
        """Change the parameters in place. One without a gradient stays as it is. Nothing is recorded by autograd."""
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
        """Set all gradients to None, or those that there are to zero."""
        ### BEGIN YOUR CODE
        for p in self.parameters:
            p.grad = None
        ### END YOUR CODE


def train(model, batches, opt):
    """One pass over the batches, with one step of the optimizer for each.

    batches: any iterable of (X, Y), tokens of shape (N, T) and the tokens that come after them. model(X) gives logits
    (N, T, k); the loss is their mean cross entropy over all N * T tokens. Set the gradients to zero before backward().
    Returns the loss of each batch before its step: a list of floats.
    """
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
    """Logits of the next character at each place: tokens (N, T) -> (N, T, len(vocabulary)), for T up to CONTEXT.

    How is up to you. The logits at a place may depend on the characters up to it, and on no later one.
    """

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
    """The trained model: a mean loss below 2.1 on the sonnets, by the logits that it gives."""
    ### BEGIN YOUR CODE
    return model
    ### END YOUR CODE
