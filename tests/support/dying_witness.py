"""A witness that is killed once its state is saved, before it answers.

Run as a program: `dying_witness.py FOLDER`, the request on standard input.
"""

import os
import signal
import sys
from pathlib import Path

from clocks import ManualClock
from ledgers import signer

from ledger.outside.witness import Cosigned, Witness
from server.roles.witness_keys import read_keys
from server.roles.witnessing import FolderState


class Fatal(FolderState):
    def put(self, cosigned: Cosigned) -> None:
        super().put(cosigned)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    witness = Witness(
        read_keys(folder),
        logs=[signer().verifier],
        state=Fatal(folder),
        clock=ManualClock(),
    )
    sys.stdout.write(witness.add(sys.stdin.buffer.read()))
