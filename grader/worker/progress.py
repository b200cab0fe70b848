"""tqdm where it is not installed: it iterates and counts as the real one does, and shows nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final


class Progress:
    """tqdm(loader, desc="epoch 1"), tqdm(iterable=loader), `with tqdm(total=9) as bar: bar.update()`."""

    def __init__(
        self, iterable: Any = None, desc: str | None = None, total: float | None = None, *_: Any, **others: Any
    ) -> None:
        self.iterable = iterable
        self.desc = desc or ""
        self.total = total if total is not None or not hasattr(iterable, "__len__") else len(iterable)
        self.n: float = others.get("initial", 0)
        self.disable = True
        self.format_dict: dict[str, Any] = {"elapsed": 0.0, "rate": None}

    def __iter__(self) -> Iterator[Any]:
        """What it was given; where that is nothing, TypeError as of the real one."""
        for item in self.iterable:
            yield item
            self.n += 1

    def __len__(self) -> int:
        if self.iterable is None:
            return int(self.total or 0)
        return len(self.iterable)

    def __reversed__(self) -> Iterator[Any]:
        return iter(reversed(self.iterable))

    def __contains__(self, item: object) -> bool:
        return item in self.iterable

    def __bool__(self) -> bool:
        return bool(self.total) if self.total is not None else bool(self.iterable)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def update(self, n: float | None = 1) -> None:
        """Count on."""
        self.n += n or 0

    def reset(self, total: float | None = None) -> None:
        """Count from the beginning."""
        self.n, self.total = 0, self.total if total is None else total

    def set_description(self, desc: str | None = None, refresh: bool = True) -> None:
        """Keep the text, which nobody sees."""
        self.desc = f"{desc}: " if desc else ""

    set_description_str = set_description

    @staticmethod
    def write(s: object, *_: Any, **__: Any) -> None:
        """Print it."""
        print(s)

    @classmethod
    def wrapattr(cls, stream: Any, *_: Any, **__: Any) -> Any:
        """The stream itself."""
        return stream

    @classmethod
    def pandas(cls, *_: Any, **__: Any) -> None:
        """Nothing."""

    def _do_nothing(self, *_: Any, **__: Any) -> None:
        """What shows, and what waits for it."""

    set_postfix = set_postfix_str = refresh = close = clear = display = unpause = moveto = _do_nothing


def count(*args: Any, **kwargs: Any) -> Progress:
    """trange(9, desc="epochs")."""
    return Progress(range(*args), **kwargs)


def numbered(iterable: Iterable[Any], start: int = 0, *_: Any, **__: Any) -> Iterator[tuple[int, Any]]:
    """tqdm.contrib.tenumerate(loader)."""
    return enumerate(iterable, start)


def zipped(*iterables: Iterable[Any], **_: Any) -> Iterator[tuple[Any, ...]]:
    """tqdm.contrib.tzip(inputs, targets)."""
    return zip(*iterables, strict=False)


def mapped(function: Any, *iterables: Iterable[Any], **_: Any) -> Iterator[Any]:
    """tqdm.contrib.tmap(f, inputs)."""
    return map(function, *iterables)


NAMES: Final[dict[str, Any]] = {
    **dict.fromkeys(("tqdm", "tqdm_notebook", "tqdm_gui"), Progress),
    **dict.fromkeys(("trange", "tnrange", "tgrange"), count),
    "tenumerate": numbered,
    "tzip": zipped,
    "tmap": mapped,
}
