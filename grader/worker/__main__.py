"""`python -P -s -m grader.worker`: what the judge starts."""

import sys

from grader.worker.main import main

main(sys.argv[1:])
