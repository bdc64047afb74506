"""The command line: `allod`. One module for each thing that is done."""

from server.cli.program import main

__all__ = ["main"]
