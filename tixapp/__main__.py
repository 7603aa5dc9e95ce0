"""`python -m tixapp COMMAND`."""

from tixapp.cli import main

main()
