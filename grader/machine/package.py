"""Where the grader itself is installed: what must be hidden from workers, and what the harness's own frames lie in."""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1]  # as it was imported: frames name their files so
