"""The mistakes of CrossEntropyLoss's mutants in other words."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at

EDITS: dict[str, tuple[Edit, ...]] = {
    "loss-sum": ((at.LOSS_RETURN, "return -(torch.log_softmax(logits, 1)[torch.arange(len(y)), y]).sum()"),),
    "loss-per-example": ((at.LOSS_RETURN, "return torch.logsumexp(logits, 1) - correct"),),
    "loss-divided-by-classes": (
        (at.LOSS_RETURN, "return (torch.logsumexp(logits, 1) - correct).sum() / len(logits[0])"),
    ),
    "loss-mean-over-all-entries": (
        (
            at.LOSS_RETURN,
            "hot = torch.zeros_like(logits)\n        hot[torch.arange(len(y)), y] = 1\n"
            "        return (-hot * torch.log_softmax(logits, 1)).mean()",
        ),
    ),
    "loss-log-of-mean": (
        (at.LOSS_RETURN, "return -torch.log((correct - torch.logsumexp(logits, 1)).exp().sum() / len(y))"),
    ),
    "loss-sign": ((at.LOSS_RETURN, "return torch.log_softmax(logits, 1)[range(len(y)), y].mean()"),),
    "loss-base-two": (
        (at.LOSS_RETURN, "return ((torch.logsumexp(logits, 1) - correct) / torch.log(torch.tensor(2.0))).mean()"),
    ),
    "loss-softmax-twice": (
        (at.LOSS_RETURN, "return -torch.softmax(logits, 1).log_softmax(1)[range(len(y)), y].mean()"),
    ),
    "loss-softmax-over-batch": (
        (at.LOSS_RETURN, "return -torch.log_softmax(logits, 0)[torch.arange(len(y)), y].mean()"),
    ),
    "loss-label-off-by-one": (
        (at.LOSS_CORRECT, "correct = logits.gather(1, (y[:, None] - 1) % len(logits[0]))[:, 0]"),
    ),
    "loss-no-shift": (
        (
            at.LOSS_RETURN,
            "e = torch.exp(logits)\n        return -torch.log(e[torch.arange(len(y)), y] / e.sum(1)).mean()",
        ),
    ),
    "loss-log-of-softmax": (
        (at.LOSS_RETURN, "return -torch.log(torch.softmax(logits, 1)[torch.arange(len(y)), y]).mean()"),
    ),
    "loss-shift-not-added-back": (
        (
            at.LOSS_RETURN,
            "top = logits.max(1, keepdim=True)[0]\n"
            "        return (torch.log(torch.exp(logits - top).sum(1)) - correct).mean()",
        ),
    ),
    "loss-detached": ((at.LOSS_RETURN, "return (torch.logsumexp(logits, dim=1) - correct).mean().data"),),
    "loss-python-float": ((at.LOSS_RETURN, "return float((torch.logsumexp(logits, dim=1) - correct).mean())"),),
    "loss-detached-normaliser": ((at.LOSS_RETURN, "return (torch.logsumexp(logits.data, dim=1) - correct).mean()"),),
    "loss-logits-changed-in-place": (
        (
            at.LOSS_CORRECT,
            "logits.data -= logits.data.max(1, keepdim=True)[0]\n        correct = logits[torch.arange(len(y)), y]",
        ),
    ),
    "loss-one-element-vector": (
        (at.LOSS_RETURN, "return (torch.logsumexp(logits, dim=1) - correct).mean(0, keepdim=True)"),
    ),
    "loss-divided-by-100": ((at.LOSS_RETURN, "return -torch.log_softmax(logits, 1)[range(len(y)), y].sum() * 0.01"),),
    "loss-divided-by-n-minus-1": (
        (
            at.LOSS_RETURN,
            "losses = torch.logsumexp(logits, 1) - correct\n"
            "        return losses.mean() * len(y) / (len(y) - 1) if len(y) > 1 else losses.mean()",
        ),
    ),
    "loss-squared-error": (
        (
            at.LOSS_RETURN,
            "wanted = torch.zeros_like(logits)\n        wanted[range(len(y)), y] = 1\n"
            "        return (logits.softmax(1) - wanted).square().sum() / len(y)",
        ),
    ),
    "loss-binary-terms": (
        (
            at.LOSS_RETURN,
            "p, wanted = logits.softmax(1), torch.zeros_like(logits)\n        wanted[range(len(y)), y] = 1\n"
            "        other = torch.log((1 - p + wanted).clamp(min=1e-6))\n"
            "        return (torch.logsumexp(logits, 1) - correct - other.sum(1)).mean()",
        ),
    ),
    "loss-label-smoothing": (
        (
            at.LOSS_RETURN,
            "log_p = torch.log_softmax(logits, 1)\n"
            "        return -(0.9 * log_p[range(len(y)), y] + 0.1 * log_p.mean(1)).mean()",
        ),
    ),
    "loss-predicted-class": ((at.LOSS_CORRECT, "correct = logits.max(dim=1).values"),),
    "loss-epsilon-in-log": (
        (at.LOSS_RETURN, "return -(torch.softmax(logits, 1) + 1e-7).log()[range(len(y)), y].mean()"),
    ),
    "loss-clamped-probability": (
        (at.LOSS_RETURN, "return -torch.softmax(logits, 1)[range(len(y)), y].clamp_min(1e-12).log().mean()"),
    ),
    "loss-clamped-logits": (
        (
            at.LOSS_CORRECT,
            "logits = torch.clamp(logits, min=-50.0, max=50.0)\n        correct = logits[torch.arange(len(y)), y]",
        ),
    ),
    "loss-shift-by-global-max": (
        (
            at.LOSS_RETURN,
            "top = torch.max(logits)\n        e = torch.exp(logits - top)\n"
            "        return (top + e.sum(1).log() - correct).mean()",
        ),
    ),
    "loss-rounded": (
        (at.LOSS_RETURN, "return ((torch.logsumexp(logits, 1) - correct).mean() * 10000).round() / 10000"),
    ),
    "loss-new-tensor": (
        (
            at.LOSS_RETURN,
            "losses = (torch.logsumexp(logits, 1) - correct).tolist()\n"
            "        return torch.tensor(sum(losses) / len(losses), requires_grad=True)",
        ),
    ),
    "loss-detached-correct-logit": (
        (at.LOSS_CORRECT, "correct = torch.tensor([float(row[i]) for row, i in zip(logits, y, strict=True)])"),
    ),
    "loss-shift-half-detached": (
        (
            at.LOSS_RETURN,
            "top = logits.max(1, keepdim=True)[0]\n"
            "        return (top[:, 0] + (logits - top.data).exp().sum(1).log() - correct).mean()",
        ),
    ),
    "loss-squeezed-logits": (
        (at.LOSS_RETURN, "return (torch.logsumexp(logits.squeeze(), dim=1) - correct.squeeze()).mean()"),
    ),
    "loss-rows-of-64": ((at.LOSS_CORRECT, "correct = logits[torch.tensor(range(64))[: len(y)], y]"),),
    "loss-arguments-swapped": ((at.LOSS_SIGNATURE, "def forward(self, y, logits, *more):"),),
    "loss-no-module": ((at.LOSS_CLASS, "class CrossEntropyLoss(object):\n"),),
}
