"""`python -m router.cli`, for where the script is not on the path."""

from router.cli import main

main()
