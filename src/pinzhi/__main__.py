"""`python -m pinzhi` is the CLI door."""

from pinzhi.doors.cli import main

main()
