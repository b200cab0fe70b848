"""The text as the judge reads it, and what a model makes of it."""

from pathlib import Path

import torch

from grader.suite import deferrable

TEXT = Path(__file__).with_name("sonnets.txt").read_text(encoding="utf-8")
VOCABULARY = sorted(set(TEXT))
TOKENS = torch.tensor([VOCABULARY.index(character) for character in TEXT])
CONTEXT = 32
WINDOWS = TOKENS[: len(TOKENS) // (CONTEXT + 1) * (CONTEXT + 1)].reshape(-1, CONTEXT + 1)
X, Y = WINDOWS[:, :-1].contiguous(), WINDOWS[:, 1:].contiguous()  # (N, CONTEXT)


@deferrable
def loss_of(logits: torch.Tensor) -> float:
    """Mean cross entropy of the logits for X, in nats for each character. Raises ValueError for another shape."""
    if logits.shape != (*X.shape, len(VOCABULARY)):
        raise ValueError(f"logits of shape {tuple(logits.shape)}")
    return float(torch.nn.functional.cross_entropy(logits.double().flatten(0, 1), Y.flatten()))
