#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image: Python, torch's CPU build, what the grader needs, its data.
set -euo pipefail
source="$(cd "$(dirname "$0")" && pwd)"
venv="$(dirname "$source")/venv"

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends @PACKAGES@
python=python3
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then # Ubuntu 22.04 has it beside its own 3.10
  apt-get install -y --no-install-recommends python3.11 python3.11-venv
  python=python3.11
fi

"$python" -m venv "$venv"
# The CPU build: the one with CUDA needs several GB of disk; what it needs comes with the rest. The versions are those
# that were tested. No cache: the image keeps what is left here.
tested="$source/package/grader/constraints.txt"
"$venv/bin/python" -m pip install --no-cache-dir --constraint "$tested" --no-deps \
  --index-url https://download.pytorch.org/whl/cpu torch torchvision
"$venv/bin/python" -m pip install --no-cache-dir --constraint "$tested" -r "$source/requirements.txt"
echo "$source/package" > "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/grader.pth"

# Compiled and unpacked now, not in each run: half a CPU is little.
cd "$source"
"$venv/bin/python" -m compileall -q package/grader
"$venv/bin/python" -c 'from grader.assignment import find_assignment, load_assignment
from grader.processes.workers import open_workers
with open_workers(load_assignment(find_assignment(None)).data) as workers: print(workers.isolation)'
