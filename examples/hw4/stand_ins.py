"""Known-good parts that take the place of wrong ones. Executed in the worker, made of torch's own."""

import torch
from torch.nn import functional


class Embedding(torch.nn.Embedding):
    def __init__(self, num_embeddings, dim):
        super().__init__(num_embeddings, dim)


class RMSNorm(torch.nn.RMSNorm):
    def __init__(self, dim, eps=1e-5):
        super().__init__(dim, eps=eps)


class CausalSelfAttention(torch.nn.Module):
    def __init__(self, dim):
        super().__init__()
        for name in ("wq", "wk", "wv", "wo"):
            setattr(self, name, torch.nn.Parameter(torch.randn(dim, dim) * dim**-0.5))

    def forward(self, X):
        heads = [functional.linear(X, weight) for weight in (self.wq, self.wk, self.wv)]
        return functional.linear(functional.scaled_dot_product_attention(*heads, is_causal=True), self.wo)


class Adam(torch.optim.Adam):
    def __init__(self, parameters, learning_rate=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(parameters, lr=learning_rate, betas=betas, eps=eps)


def train(model, batches, opt):
    losses = []
    for X, Y in batches:
        loss = functional.cross_entropy(model(X).flatten(0, 1), Y.flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses
