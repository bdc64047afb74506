"""Run the auditor's program: `python -m allod.proofs audit …`."""

import sys

from .program import main

sys.exit(main())
