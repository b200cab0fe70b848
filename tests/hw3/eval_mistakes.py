"""Mistakes in eval_linear_model and eval_two_layer_nn, and how each of them shows."""

import torch
from mnist_images import MnistImages

from grader.suite import Mistakes

NO_ARGUMENTS = "the function takes an argument; it is called without any"
NUMBERS = "numbers are returned, and not the model that gives them"
# By what is said where the returned object is called, or the function itself.
ERRORS = {
    "required positional argument: 'in_dim'": "the class has to be given its sizes, or is made anew in the function",
    "'NoneType' object is not callable": "nothing is returned: return the trained model",
    "'tuple' object is not callable": "a tuple is returned: return the model alone",
    "'list' object is not callable": "a list is returned: return the model alone",
    "'collections.OrderedDict' object is not callable": "state_dict() is returned, a table: return the model itself",
    "'Parameter' object is not callable": NUMBERS,
    "'Tensor' object is not callable": NUMBERS,
    "'float' object is not callable": NUMBERS,
    "eval_linear_model() missing": NO_ARGUMENTS,
    "eval_two_layer_nn() missing": NO_ARGUMENTS,
}


def wrong_training(images: MnistImages, logits: torch.Tensor) -> Mistakes:
    """Mistakes in the training, and whether each was made. logits: of the clean images, (10000, 10)."""
    error, digits = images.error(logits), logits.argmax(dim=1)
    shifts = [(digits - by) % 10 for by in (1, 9)]
    shifted = any((shift == images.labels).double().mean().item() > 0.5 for shift in shifts)
    return {
        "the model was trained with labels that are off by one": shifted,
        "all images get the same digit": bool((digits == digits[0]).all()),
        "the model is hardly better than guessing: it was not trained, another one was, or its steps are too small": (
            error > 0.7
        ),
    }
