"""What matplotlib's functions return, in number and shape: `fig, (a, b) = plt.subplots(1, 2)` must unpack here, too."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

Make = Callable[[str], Any]  # makes something of that name which does nothing
Returns = Callable[[Make, Sequence[Any], Mapping[str, Any]], Any]


def _grid(name: str) -> Returns:
    """One of that name, or an array of them."""

    def grid(make: Make, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        given = {**dict(zip(("nrows", "ncols"), args, strict=False)), **kwargs}
        found = np.empty((int(given.get("nrows", 1)), int(given.get("ncols", 1))), dtype=object)
        for place in np.ndindex(found.shape):
            found[place] = make(name)
        if not given.get("squeeze", True):
            return found
        return found.item() if found.size == 1 else found.squeeze()

    return grid


def _lines(make: Make, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """One for each curve: arguments are [x], y, [format], again and again, and each column of a y is a curve."""
    count, left = 0, [value for value in args if not isinstance(value, str)]
    while left:
        (*_, y), left = left[:2], left[2:]
        count += np.shape(y)[1] if hasattr(y, "shape") and len(y.shape) == 2 else 1
    return [make("line") for _ in range(count)]


def _histogram(make: Make, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Counts, edges of the bins, and bars."""
    x, bins = [*args, None, None][:2]
    bins = kwargs.get("bins") if bins is None else bins
    try:
        counts, edges = np.histogram(np.asarray(kwargs.get("x", x)), 10 if bins is None else bins)
    except (TypeError, ValueError):  # several sets of data, or what is no number
        counts, edges = np.zeros(10), _EDGES
    return counts, edges, [make("bar") for _ in counts]


def _bars(make: Make, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """One for each number."""
    places = args[0] if args else kwargs.get("x", kwargs.get("y", ()))
    return [make("bar") for _ in (places if isinstance(places, Iterable) else (places,))]


def _wedges(make: Make, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Wedges, texts, and numbers where they are asked for."""
    parts = _bars(make, args, kwargs)
    return (parts,) * (3 if kwargs.get("autopct") else 2)


def _mosaic(make: Make, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[Any, Any]:
    """Axes by their names in "AB;CC" or in lists of names."""
    layout = args[0] if args else kwargs.get("mosaic", "")
    rows = [row.strip() for row in layout.replace(";", "\n").split("\n")] if isinstance(layout, str) else layout
    return {name: make("axes") for name in itertools.chain(*rows) if name != "."}


def _with_figure(axes: Returns) -> Returns:
    return lambda make, args, kwargs: (make("figure"), axes(make, args, kwargs))


def _several(*names: str) -> Returns:
    return lambda make, args, kwargs: tuple(map(make, names))


def _pair(make: Make, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[float, float]:
    return 0.0, 1.0


_EDGES: Final = np.linspace(0, 1, 11)
RETURNS: Final[Mapping[str, Returns]] = {
    "subplots": _with_figure(_grid("axes")),
    "figure.subplots": _grid("axes"),
    "subplot_mosaic": _with_figure(_mosaic),
    "figure.subplot_mosaic": _mosaic,
    "subfigures": _grid("figure"),
    **dict.fromkeys(("plot", "semilogx", "semilogy", "loglog", "step", "fill"), _lines),
    "hist": _histogram,
    **dict.fromkeys(("bar", "barh"), _bars),
    "pie": _wedges,
    "hist2d": lambda make, args, kwargs: (np.zeros((10, 10)), _EDGES, _EDGES, make("image")),
    "errorbar": _several("line", "caps", "bars"),
    "stem": _several("markers", "stems", "base"),
    **dict.fromkeys(("xticks", "yticks"), lambda make, args, kwargs: (np.linspace(0, 1, 6), [make("text")] * 6)),
    **dict.fromkeys(("xlim", "ylim", "get_xlim", "get_ylim", "get_xbound", "get_ybound"), _pair),
    "axis": lambda make, args, kwargs: (0.0, 1.0, 0.0, 1.0),
    "get_legend_handles_labels": lambda make, args, kwargs: ([], []),
}
FIGURES: Final = frozenset({"figure", "Figure", "gcf", "get_figure"})  # what is a figure, or gives one
