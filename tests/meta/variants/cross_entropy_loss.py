"""CrossEntropyLoss, written in other ways that are as right as the reference's."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at
from tests.meta.variants import Variant
from tests.meta.variants.making import variant


def _loss(name: str, what: str, body: str, *edits: Edit) -> Variant:
    """CrossEntropyLoss ends with `body`; `correct` (N,) holds the logits of the right classes."""
    return variant(f"loss-{name}", what, (at.LOSS_RETURN, body), *edits)


VARIANTS: tuple[Variant, ...] = (
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
    variant(
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
