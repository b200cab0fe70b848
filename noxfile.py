"""What has to be green. One environment serves all sessions: torch alone is 5 GB.

`nox` runs in the environment that it is installed in, which `pip install -c grader/constraints.txt -e ".[dev]"` makes.
"""

import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "typing", "docs", "tests", "mutants"]

ROOMS = tuple(f"tests/meta/{room}" for room in ("units", "mutants", "variants", "fakes", "tools", "measures"))
PATHS = ("grader", "reference", "student_template", "tests", "benchmarks", "docs", "noxfile.py")


def python(session: nox.Session, *arguments: str) -> None:
    """Run a module of the environment that nox runs in."""
    session.run(sys.executable, "-m", *arguments, external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and formatting."""
    python(session, "ruff", "check", *PATHS)
    python(session, "ruff", "format", "--check", *PATHS)


@nox.session
def typing(session: nox.Session) -> None:
    """Types, strictly."""
    python(session, "mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation as HTML (`-- DIR`: there), with its links looked up; then all that it shows is executed."""
    made = session.posargs[0] if session.posargs else session.create_tmp()
    python(session, "sphinx", "--fail-on-warning", "--keep-going", "--nitpicky", "--quiet", "docs", made)
    python(session, "pytest", "tests/meta/docs")


@nox.session
def tests(session: nox.Session) -> None:
    """The graded suite on the reference, then the tests of the grader."""
    python(session, "pytest", "tests/hw3", *session.posargs)
    python(session, "pytest", *ROOMS, "--numprocesses=2", "--dist=loadfile", *session.posargs)
    # Each process has zygotes of its own, and looks at nothing but what it has started. A file of gradings stays
    # together, for what its tests share; hostile cases are dealt out one by one.
    floods = "tests/meta/hostile/test_memory.py"
    python(session, "pytest", "tests/meta/gradings", "--numprocesses=2", "--dist=loadfile", *session.posargs)
    cases = ("tests/meta/hostile", f"--ignore={floods}")
    python(session, "pytest", *cases, "--numprocesses=2", "--dist=load", *session.posargs)
    # Gigabytes are sent to one judge, for minutes: alone, so that nothing else is slow enough for its limits.
    python(session, "pytest", floods, *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """`gradebook check` on hw3 with all its mutants and variants, two seeds each; prints the kill matrix.

    `-- --made`: also those that operators make of the reference; `-- --train none`: without the trainings.
    """
    python(session, "tests.meta.measures.kill_matrix", *session.posargs)


@nox.session
def trainings(session: nox.Session) -> None:
    """The same with the trainings of all variants, too."""
    python(session, "tests.meta.measures.kill_matrix", "--train", "all", *session.posargs)


@nox.session
def slices(session: nox.Session) -> None:
    """Executing only what a question needs must never give another score than executing the whole file."""
    python(session, "tests.meta.measures.slice_comparison", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """A million frames that no worker of ours sends, read by the judge (`nox -s fuzz -- COUNT SEED`)."""
    python(session, "tests.meta.measures.fuzz", *(session.posargs or ["1000000"]))


@nox.session
def lies(session: nox.Session) -> None:
    """10,000 lies in place of values in each check, none of which may break it (`nox -s lies -- COUNT SEED`)."""
    python(session, "tests.meta.measures.lies", *session.posargs)


@nox.session
def snippets(session: nox.Session) -> None:
    """Each mutant must get a snippet, and each snippet fail below its mutant and not below the reference."""
    python(session, "tests.meta.measures.snippets", *session.posargs)


@nox.session
def diagnoses(session: nox.Session) -> None:
    """How often the likely mistake is named rightly, and wrongly; `-- --write` stores the patterns with the suite."""
    python(session, "tests.meta.measures.diagnoses", *session.posargs)


@nox.session
def seeds(session: nox.Session) -> None:
    """Right submissions, graded with 10,000 seeds (`-- --count N`: with N): none may lose a point."""
    python(session, "tests.meta.measures.seeds", *session.posargs)


@nox.session
def luck(session: nox.Session) -> None:
    """Which checks a wrong submission loses must not depend on the seed: `nox -s mutants` with 20 of them."""
    python(session, "tests.meta.measures.kill_matrix", "--train", "none", "--seeds", "20", *session.posargs)


@nox.session(name="class")
def made_class(session: nox.Session) -> None:
    """A made class of 300 in each platform's layout, graded, and killed 20 times (`-- --students 60 --kills 5`)."""
    python(session, "tests.meta.measures.made_class", *session.posargs)


@nox.session
def doctor(session: nox.Session) -> None:
    """`gradebook check` on hw3: `-- --quick`, or what else it takes; made mutants and empty submissions among it."""
    gradebook = Path(sys.executable).with_name("gradebook")
    session.run(str(gradebook), "check", "hw3", *session.posargs, external=True)


@nox.session
def templates(session: nox.Session) -> None:
    """The folders of the hand-out must be what student_template/hw3.py makes; `-- --write` makes them."""
    python(session, "tests.meta.tools.templates", *session.posargs)


@nox.session
def pictures(session: nox.Session) -> None:
    """The README's pictures must be what `grade` says today; `-- --write` makes them (the page's by Chromium)."""
    python(session, "tests.meta.tools.pictures", *session.posargs)


@nox.session
def memory(session: nox.Session) -> None:
    """What grading the reference takes in a container (`-- --limit-mib 768 --cpus 0.5`); on Linux, as root."""
    python(session, "benchmarks.memory", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Speed, as ratios within one run; `-- class`: of a class of submissions."""
    if session.posargs[:1] == ["class"]:
        python(session, "benchmarks.classes", *session.posargs[1:])
    else:
        python(session, "benchmarks.speed", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The HTML pages in Chromium, and for axe. Chromium is no Python package: on Debian, `apt-get install chromium`."""
    python(session, "pytest", "tests/browser", *session.posargs)


# What is used of other people's insides; each says what a new version broke.
INSIDES = (
    "tests/meta/units/judge/test_pytest_run.py",
    "tests/meta/units/judge/test_examples.py",
    "tests/meta/units/suite/test_hypothesis_insides.py",
    "tests/meta/units/test_plugin.py",
)
BOUNDED = ("torch", "torchvision", "numpy", "pytest", "hypothesis")


@nox.session(venv_backend="venv")
def newest(session: nox.Session) -> None:
    """The newest versions that are allowed, then the newest there are, in an environment of its own.

    What follows `--` goes to pip: `nox -s newest -- --extra-index-url https://download.pytorch.org/whl/cpu`.
    """
    upgrade = ("--upgrade", "--upgrade-strategy", "eager", *session.posargs)
    session.install("-e", ".", *upgrade)
    session.run("python", "-m", "pytest", *INSIDES)
    session.install(*BOUNDED, *upgrade)  # whatever pyproject.toml says: pip only warns
    session.run("python", "-m", "pip", "list")
    session.run("python", "-m", "pytest", *INSIDES)
