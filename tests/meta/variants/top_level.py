"""Innocent oddities at top level: what else stands in the files that students hand in, and must cost nothing."""

from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.variants import Variant
from tests.meta.variants.making import ending, odd

VARIANTS: tuple[Variant, ...] = (
    odd(
        "prints",
        "the parts print while they work",
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + '\n        print("new Linear", in_dim, out_dim)'),
        (at.MULTI_LAYER_DIMS, at.MULTI_LAYER_DIMS + '\n        print("dims:", dims, flush=True)'),
        importing('print("hw3", torch.__version__)'),
        (
            at.TWO_LAYER_FORWARD,
            'assert X.dim() >= 2, f"X has shape {X.shape}"\n        ' + at.TWO_LAYER_FORWARD,
        ),
    ),
    odd(
        "own-seeds",
        "the file sets seeds at top level",
        importing("import random\n\nimport numpy\n\ntorch.manual_seed(0)\nrandom.seed(0)\nnumpy.random.seed(0)"),
        (at.TWO_LAYER_TRAINED, "torch.manual_seed(1)\n" + at.TWO_LAYER_TRAINED),
    ),
    odd(
        "torch-settings",
        "settings of torch, warnings and garbage collection are changed",
        importing(
            "import gc\nimport warnings\n\n"
            'warnings.filterwarnings("ignore")\n'
            "torch.set_num_threads(2)\n"
            "torch.set_printoptions(precision=3, sci_mode=False)\n"
            "torch.set_default_dtype(torch.float32)\n"
            "gc.collect()"
        ),
    ),
    odd(
        "trailing-code",
        "experiments stand below the last definition",
        ending(
            "sizes = [[], [16], [16, 16]]\n"
            "for hidden_dims in sizes:\n"
            "    net = MultiLayerNN(784, 10, hidden_dims)\n"
            "    print(hidden_dims, epoch(net, test_dataloader, CrossEntropyLoss()))\n"
            "weights = eval_linear_model().weight.detach().clone()\n"
            'print("norms:", weights.norm(dim=1), "largest:", weights.abs().max().item())\n'
            "del weights, net\n"
        ),
    ),
    odd(
        "names-used-again",
        "names of the parts are used for something else at the end: X, y, loss, opt, model, dims",
        ending(
            "X, y = next(iter(test_dataloader))\n"
            "model = MultiLayerNN(784, 10, [8])\n"
            "loss, opt = CrossEntropyLoss(), SGD(model.parameters(), 0.1)\n"
            "print(epoch(model, [(X, y)], loss, opt))\n"
            "loss = loss(model(X), y).item()\n"
            "dims = p = i = batch = None\n"
        ),
    ),
    odd(
        "builtins-shadowed",
        "globals have the names of builtins and modules that the parts do not use",
        importing('input = "images"\nmax = 255.0\ntype = "mnist"\nid = 3\nfunctional = "no module"\noptim = {}'),
        (
            "train_dataloader = DataLoader(mnist_train.data.reshape(-1, 784) / 255.0, mnist_train.targets)",
            "train_dataloader = DataLoader(mnist_train.data.reshape(-1, 784) / max, mnist_train.targets)",
        ),
    ),
    odd(
        "main-guard",
        "experiments are guarded by __name__, with argparse",
        importing("import argparse"),
        ending(
            'if __name__ == "__main__":\n'
            "    parser = argparse.ArgumentParser()\n"
            '    parser.add_argument("--hidden", type=int, default=8)\n'
            "    arguments, _ = parser.parse_known_args()\n"
            "    print(MultiLayerNN(784, 10, [arguments.hidden]))\n"
        ),
    ),
    odd(
        "input-and-plots-guarded",
        "input() and matplotlib are there, each in a try",
        importing("try:\n    import matplotlib.pyplot as plt\nexcept ImportError:\n    plt = None"),
        ending(
            "try:\n"
            '    answer = input("Show an image? ")\n'
            "except (EOFError, OSError, RuntimeError):\n"
            '    answer = "no"\n\n'
            'if plt is not None and answer == "yes":\n'
            "    plt.imshow(mnist_test.data[0])\n"
            "    plt.show()\n"
        ),
    ),
    odd(
        "logging",
        "training is logged, with times",
        importing(
            'import logging\nimport time\n\nlogging.basicConfig(level=logging.INFO)\nlogger = logging.getLogger("hw3")'
        ),
        (at.EPOCH_TOTALS, "started = time.perf_counter()\n    " + at.EPOCH_TOTALS),
        (
            at.EPOCH_RETURN,
            'logger.info("%d examples in %.2f s", count, time.perf_counter() - started)\n    ' + at.EPOCH_RETURN,
        ),
    ),
    odd(
        "device",
        "the device is chosen as on a machine that may have a GPU",
        importing('device = torch.device("cuda" if torch.cuda.is_available() else "cpu")'),
        (at.LOADER_RETURN, "return self.X[batch].to(device), self.y[batch].to(device)"),
        (at.TRAIN_LOOP, "model.to(device)\n    " + at.TRAIN_LOOP),
    ),
    odd(
        "unicode",
        "names and comments are not ASCII",
        importing("# Größe der Schritte: η — für alle 📈 gleich\nη, σ = 0.3, torch.relu"),
        (at.SGD_RATE, "self.λ = learning_rate  # λ ≙ Lernrate"),
        (at.SGD_UPDATE, "p -= self.λ * p.grad"),
        (at.TWO_LAYER_FORWARD, "return self.linear2(σ(self.linear1(X)))"),
        (at.TWO_LAYER_TRAINED, at.TWO_LAYER_TRAINED.replace("learning_rate=0.3", "learning_rate=η")),
    ),
    Variant(name="odd-crlf", what="the lines end as on Windows", edits=(), newline="\r\n"),
    Variant(
        name="odd-crlf-continued",
        what="the lines end as on Windows, and some are continued by a backslash or go on in a string",
        edits=(
            (at.EPOCH_LOSS, "total_loss += \\\n                batch_loss.item() \\\n                * len(y)"),
            importing('NOTES = """first line\n  second line\n"""; assert len(NOTES.splitlines()) == 2'),
        ),
        newline="\r\n",
    ),
)
