"""Innocent oddities around the training: bars, plots, questions and types of libraries that may be missing here."""

from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.variants import Variant
from tests.meta.variants.making import ending, odd

VARIANTS: tuple[Variant, ...] = (
    odd(
        "progress-bars",
        "loops run over bars of tqdm, given by position and by keyword, or moved by hand",
        importing("from tqdm.auto import tqdm, trange"),
        (
            at.EPOCH_LOOP,
            'bar = tqdm(iterable=loader, desc="batches", leave=False)\n'
            "        for i, (X, y) in enumerate(bar):\n"
            "            bar.set_postfix(batch=i)",
        ),
        (at.TRAIN_LOOP, 'for i in trange(epochs, desc="epochs"):'),
        (
            at.TWO_LAYER_TRAINED,
            "two_layer_model = TwoLayerNN(784, 300, 10)\n"
            "two_layer_opt = SGD(two_layer_model.parameters(), 0.3)\n"
            "with tqdm(total=7) as pbar:\n"
            "    while pbar.n < pbar.total:\n"
            "        epoch(two_layer_model, train_dataloader, CrossEntropyLoss(), two_layer_opt)\n"
            "        pbar.update(1)\n"
            '        pbar.set_description(f"epoch {pbar.n}")',
        ),
    ),
    odd(
        "plots",
        "the training is drawn while it goes on, and the results of drawing are unpacked",
        importing("import matplotlib.pyplot as plt"),
        (
            at.TRAIN_LOOP,
            "fig, (loss_axes, error_axes) = plt.subplots(1, 2, figsize=(8, 3))\n"
            "    (line,) = loss_axes.plot([], [])\n"
            "    losses = []\n    " + at.TRAIN_LOOP,
        ),
        (
            "        print(\n",
            "        losses.append(train_loss)\n"
            "        line.set_data(range(len(losses)), losses)\n"
            "        loss_axes.set_xlim(0, len(losses))\n"
            "        fig.canvas.draw()\n"
            "        print(\n",
        ),
        (
            at.TWO_LAYER_EVAL,
            "fig, axes = plt.subplots(2, 2)\n"
            'axes[0, 1].plot([1, 2], label="error")\n'
            "for ax, image in zip(axes.flat, mnist_test.data):\n"
            '    ax.imshow(image, cmap="gray")\n'
            "counts, edges, bars = plt.hist(linear_model.weight.detach().flatten().numpy(), bins=30)\n"
            'print(f"{counts.max():.0f} weights are near {edges[counts.argmax()]:.2f}")\n'
            "plt.show()\n\n\n" + at.TWO_LAYER_EVAL,
        ),
    ),
    odd(
        "questions-at-top-level",
        "the file asks for what has a default, and for a key",
        importing(
            "import getpass\nimport os\n\n"
            'epochs_wanted = int(input("How many epochs? ") or 3)\n'
            'os.environ["MUGRADE_KEY"] = getpass.getpass("Key: ")'
        ),
        (at.LINEAR_TRAINED, at.LINEAR_TRAINED.replace("epochs=3", "epochs=epochs_wanted")),
        ending('input("Press Enter to go on")\n'),
    ),
    odd(
        "shapes-as-types",
        "shapes are told by annotations of jaxtyping, and checked by beartype",
        importing("from beartype import beartype\nfrom jaxtyping import Float, Int, jaxtyped"),
        (at.LINEAR_CLASS, "@jaxtyped(typechecker=beartype)\n" + at.LINEAR_CLASS),
        (
            at.LOSS_SIGNATURE,
            'def forward(self, logits: Float[torch.Tensor, "n k"], y: Int[torch.Tensor, "n"]) -> Float:',
        ),
    ),
    odd(
        "library-that-is-missing",
        "libraries that are missing are imported for experiments at the end, beside one that the parts use",
        importing("import pandas as pd, math"),
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.randn(out_dim, in_dim) * math.sqrt(2 / in_dim))"),
        ending('print(pd.DataFrame({"loss": [0.5]}).describe())\n'),
    ),
)
