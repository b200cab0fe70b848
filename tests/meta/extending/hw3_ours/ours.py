"""What our checks share."""

import torch


def shifted(before: torch.Tensor, after: torch.Tensor) -> str | None:
    """What is wrong, if anything."""
    return None if torch.allclose(before, after, atol=1e-4) else f"the loss is {before:.4f}, and then {after:.4f}"
