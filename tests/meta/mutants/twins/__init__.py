"""Twins: the mistakes of the mutants made once more in other words, to measure whether they are named rightly.

They were written without a look at what the suite makes of them. `nox -s diagnoses` grades them.
"""

from __future__ import annotations

from dataclasses import replace

from tests.meta.mutants import Edit, Mutant, all_mutants
from tests.meta.mutants.twins import cross_entropy_loss, data_loader, epoch, linear, multi_layer_nn, sgd, two_layer_nn

EDITS: dict[str, tuple[Edit, ...]] = {
    **linear.EDITS,
    **cross_entropy_loss.EDITS,
    **sgd.EDITS,
    **data_loader.EDITS,
    **epoch.EDITS,
    **two_layer_nn.EDITS,
    **multi_layer_nn.EDITS,
}


def all_twins() -> tuple[Mutant, ...]:
    """Each with the mistake and the questions of its mutant, and the name `<mutant>-twin`."""
    by_name = {mutant.name: mutant for mutant in all_mutants()}
    return tuple(replace(by_name[name], name=f"{name}-twin", edits=edits) for name, edits in EDITS.items())
