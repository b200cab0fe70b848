"""Ways to use what the homework bans, each with right values: only the rules stand against them.

Banned are torch.nn but for Module, ModuleList, Parameter and Buffer, and the ready-made parts elsewhere: torch.optim,
torch.utils.data, the operators under torch.ops and torch._C._nn, other libraries.
"""

from tests.meta.mutants import Mutant
from tests.meta.mutants.rules import cross_entropy_loss, linear, models, networks, training

MUTANTS: tuple[Mutant, ...] = (
    *linear.MUTANTS,
    *cross_entropy_loss.MUTANTS,
    *training.MUTANTS,
    *networks.MUTANTS,
    *models.MUTANTS,
)
