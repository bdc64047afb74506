"""What a home holds, brought to what this program writes; each step safe to repeat.

Migrations bring tables up to date without a key; what needs keys is done here, step by
step, in the order in which later steps build on earlier ones. The identity store's
version is raised last, in one commit: until then the home does not open, and a run
that was cut off anywhere is begun again and finds done what is done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vault._internal.ports.identity import SCHEMA_VERSION, IdentityStore


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, and what it does; doing it twice is doing it once.

    It is for homes of a lower `version`; one of it holds already what the step makes.
    """

    name: str
    run: Callable[[], object]
    version: int


class Upgrade:
    """The upgrade of one installation's contents."""

    def __init__(self, identity: IdentityStore, steps: Sequence[Step]) -> None:
        self._identity = identity
        self._steps = tuple(steps)

    @property
    def due(self) -> bool:
        """Whether the home was last written by an older program."""
        return self._version < SCHEMA_VERSION

    def steps(self, *, again: bool = False) -> tuple[Step, ...]:
        """Give the steps that are to be done, the one that opens the home last.

        With `again` all of them, of a home that is not due as well.
        """
        if not self.due and not again:
            return ()
        behind = 0 if again else self._version
        wanted = [each for each in self._steps if each.version > behind]
        return (*wanted, Step("version", self._raise_version, SCHEMA_VERSION))

    @property
    def _version(self) -> int:
        found = self._identity.reads.installation()
        return SCHEMA_VERSION if found is None else found[1]

    def _raise_version(self) -> None:
        with self._identity.work() as work:
            work.set_schema_version(SCHEMA_VERSION)
