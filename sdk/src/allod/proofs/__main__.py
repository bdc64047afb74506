"""Run the auditor's program: `python -m allod.proofs audit …`."""

import sys

from .cli import main

sys.exit(main())
