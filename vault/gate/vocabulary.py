"""The words of a question that come in from outside, held to the policies in force.

A word that no table has cannot be decided on, by anybody, for as long as it stands
somewhere. So it is asked for where it comes in: a customer's region, a caller's region
and roles. What came in before, or before a change of the policies, is withheld by the
gate and counted (`vault.gate.evaluation`).
"""

from collections.abc import Collection

from kit.errors import Fault, Invalid
from pdp.bundle.regions import regions_of
from pdp.decision.question import Kind
from vault.gate.policies import Policies


class Vocabulary:
    """The words that the policies in force know now."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    @property
    def regions(self) -> tuple[str, ...]:
        """Name the regions that the table of residency has."""
        return tuple(sorted(self._policies.current.bundle.tables["residency"]))

    @property
    def minorities(self) -> dict[str, int]:
        """Give the age below which somebody is a child, by region; none where none is.

        A bundle that is older than the table of regions has none at all.
        """
        laws = regions_of(self._policies.current.bundle.tables)
        return {name: law.minority for name, law in laws.items()}

    def from_both(self, one: str, other: str) -> str:
        """Name a region from which both of two may be read; `other` if none is."""
        table = self._policies.current.bundle.tables["residency"]
        both = [each for each in table.get(one, ()) if each in table.get(other, ())]
        return both[0] if both else other

    def reached_from(self, region: str) -> frozenset[str]:
        """Name the regions from which what is kept in one may be reached."""
        table = self._policies.current.bundle.tables["residency"]
        return frozenset(table.get(region, ()))

    def roles_of(self, kind: Kind) -> tuple[str, ...]:
        """Name the roles that a kind of principal may hold."""
        roles = self._policies.current.bundle.tables["roles"]
        return tuple(sorted(name for name in roles if kind in roles[name]["kinds"]))

    def require_region(self, region: str) -> None:
        """Check that the policies know a region.

        Raises:
            Invalid: they do not (`region.unknown`).

        """
        if region not in self.regions:
            raise Invalid(
                "the policies know no such region",
                code="region.unknown",
                faults=(Fault("/region", _one_of(self.regions)),),
                fix="name one of them, or have legal add it to the table of residency",
            )

    def require_roles(self, kind: Kind, roles: Collection[str]) -> None:
        """Check that the policies let a kind of principal hold each of some roles.

        Raises:
            Invalid: they do not (`role.unknown`).

        """
        known = self.roles_of(kind)
        faults = tuple(
            Fault(f"/roles/{at}", _one_of(known))
            for at, role in enumerate(roles)
            if role not in known
        )
        if faults:
            raise Invalid(
                f"the policies know no such role of a {kind} token",
                code="role.unknown",
                faults=faults,
                fix="name one of them, or have legal add it to the table of roles",
            )


def _one_of(words: Collection[str]) -> str:
    return f"one of: {', '.join(words) or 'none, for there is none'}"
