"""MNIST's test images for the checks of the trained models, and what is drawn of a training."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from grader.suite import MAX_CALLS, Call, Claim, Handle, RemoteSubmission, calls_with, claim, figures, written_as

TEST_IMAGES = """\
from torchvision import datasets
mnist_test = datasets.MNIST(".", train=False, download=True)
images = mnist_test.data.reshape(-1, 784) / 255.0
"""
# What the images are written as in a snippet: a call that raises does so with any of them.
IMPORT = "from torchvision import datasets"
LOADED = 'datasets.MNIST(".", train=False, download=True).data.reshape(-1, 784) / 255.0'
BLOCK = 1000  # images that are computed at a time
FAR_ABOVE = 0.015  # of the error on training images over that on test images: four standard deviations at 8 %
DISTURBED = "images = images[:2000] * 0.5 + 0.2 * torch.randn(2000, 784)\n"


@dataclass(frozen=True)
class MnistImages:
    """The 10,000 test images, and 2,000 that no table of known images can hold.

    Kept as they are in the file: as float32 they take 30 MiB, while the submission trains, too.
    """

    pixels: torch.Tensor  # (10000, 784) uint8
    labels: torch.Tensor  # (10000,) int64
    seed: int
    training: tuple[torch.Tensor, torch.Tensor]  # 10,000 training images, (10000, 784) uint8, and their labels

    @property
    def clean(self) -> torch.Tensor:
        """(10000, 784) float32 in [0, 1]."""
        return written_as(self.pixels.float().div_(255.0), LOADED, IMPORT)  # the same in half the time

    @functools.cached_property
    def disturbed(self) -> torch.Tensor:
        """(2000, 784) float32, always the same."""
        generator = torch.Generator().manual_seed(self.seed)
        some = torch.randperm(len(self.pixels), generator=generator)[:2000]
        brightness = 0.5 + torch.rand(len(some), 1, generator=generator)
        noise = 0.2 * torch.randn(len(some), 784, generator=generator)
        drawn = self.pixels[some] / 255.0 * brightness + noise
        return written_as(drawn, f"torch.rand(2000, 1) * ({LOADED})[:2000]", IMPORT)

    def error(self, logits: torch.Tensor) -> float:
        """The share of the test images that logits of shape (10000, 10) classify wrongly."""
        return (logits.argmax(dim=1) != self.labels).double().mean().item()

    def error_of(self, *weights: torch.Tensor) -> float:
        """The share of the test images that a network of these weights reads wrongly, in float32: roughly."""
        return _share_wrong(self.pixels, self.labels, weights)

    def trained_elsewhere(self, test: float, *weights: torch.Tensor) -> str | None:
        """What to note of weights that read the test images much better than training images; else None.

        test: the share of the test images that they read wrongly.

        Who trains on the training images has it the other way round, or nearly alike (early on, 1 point of 100 apart).
        """
        training = _share_wrong(*self.training, weights)
        if training - test < FAR_ABOVE:
            return None
        return (
            f"for the instructor: the weights read {test:.2%} of the test images wrongly, and {training:.2%} of "
            f"{len(self.training[1]):,} training images. Were they trained on the test images? No points were taken"
        )

    def error_below(self, model: Handle, limit: float, scores: str = "{0}(images)", before: str = "") -> Claim:
        """That the error on the test images is below the limit, as Python.

        scores: the expression for the scores of the model {0}. before: a statement that it needs before it.
        """
        error = f"error = ({scores}.argmax(dim=1) != mnist_test.targets).double().mean().item()"
        return claim(f"{TEST_IMAGES}{before}{error}\nassert error < {limit}, error", model)

    def answer(self, model: Handle, x: torch.Tensor, scores: str, before: str = "") -> Claim:
        """That the model {0} gives these scores, as Python; see `error_below`. x: what it gave others for."""
        images = TEST_IMAGES if len(x) == len(self.pixels) else TEST_IMAGES + DISTURBED
        compared = f"torch.testing.assert_close({{0}}(images), {scores}, rtol=1e-3, atol=1e-3)"
        return claim(f"{images}{before}{compared}", model)

    def picture(
        self, submission: RemoteSubmission, model: str, trained: Handle, logits: torch.Tensor, error: float
    ) -> None:
        """Attach what that model makes of the test images, and how it was trained. logits: (10000, 10)."""
        for curves in training_curves(model, calls_with(trained)):
            submission.attach(curves)
        predicted, grey = logits.argmax(dim=1), self.pixels.reshape(-1, 28, 28)
        named = f"error of the {model} on the test images"
        submission.attach(figures.Measurement(name=named, value=error, is_share=True))
        submission.attach(
            figures.confusion_matrix(f"digits that the {model} reads", predicted, self.labels, classes=10)
        )
        submission.attach(figures.wrong_images(f"digits that the {model} reads wrongly", grey, predicted, self.labels))


def _share_wrong(pixels: torch.Tensor, labels: torch.Tensor, weights: Sequence[torch.Tensor]) -> float:
    """In blocks: with many hidden units, what the judge computes has to stay in memory.

    Not divided by 255: there are no biases, and so the largest score is the largest at any scale.
    """
    wrong, transposed = 0, [weight.float().T for weight in weights]
    for some, expected in zip(torch.split(pixels, BLOCK), torch.split(labels, BLOCK), strict=True):
        layer = some.float()
        for weight in transposed[:-1]:
            layer = (layer @ weight).clamp_min_(0.0)
        wrong += int(((layer @ transposed[-1]).argmax(dim=1) != expected).sum())
    return wrong / len(labels)


def training_curves(model: str, calls: list[Call]) -> list[figures.Curves]:
    """Loss and error per epoch, from the calls of epoch(model, loader, loss, opt=None) with that model.

    A call with an optimizer trains; those without one that follow it evaluate the model as it is then.
    """
    told = [call for call in calls if len(call.given) == 4 and len(call.numbers) == 2]
    if not told:
        note = "Not drawn: the submission's own `epoch` was not seen to return a loss and an error for this model. "
        note += "It was not called with it, or a known-good `epoch` stood in for it."
        return [figures.Curves(title=f"loss and error of the {model} per epoch", note=note, series=(), step="epoch")]
    note = "What the submission's own `epoch` returned, as it came: it earns no points."
    if len(calls) == MAX_CALLS:
        note += f" The first {MAX_CALLS} calls."
    if not all(math.isfinite(number) for call in told for number in call.numbers):
        note += " Values that are infinite or not a number are left out."
    drawn = []
    for i, quantity in enumerate(("loss", "error")):
        points: dict[str, list[tuple[int, float]]] = {}
        epoch = evaluations = 0
        for call in told:
            is_training = call.given[3]
            epoch, evaluations = (epoch + 1, 0) if is_training else (epoch, evaluations + 1)
            name = "training" if is_training else f"evaluation {evaluations}" if evaluations > 1 else "evaluation"
            if math.isfinite(call.numbers[i]) and evaluations < figures.MAX_SERIES:
                points.setdefault(name, []).append((epoch, call.numbers[i]))
        series = tuple(figures.Series(name=name, points=tuple(points[name])) for name in points)
        title, is_share = f"{quantity} of the {model} per epoch", quantity == "error"
        drawn.append(
            figures.Curves(title=title, note=note, series=series, step="epoch", quantity=quantity, is_share=is_share)
        )
    return drawn
