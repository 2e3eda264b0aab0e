"""`python -m mngraph` is `mngraph`."""

from mngraph.cli import main

main()
