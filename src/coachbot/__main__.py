"""`python -m coachbot`: the command line."""

from __future__ import annotations

from coachbot.cli import main

if __name__ == "__main__":
    main()
