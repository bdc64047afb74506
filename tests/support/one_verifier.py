"""The one verifier, asked with what tests have: the house's policies and proofs."""

import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, TypeVar

from allod import proofs

from ledger.formats.extension import Extension
from ledger.formats.trust_policy import TrustPolicy

Source = Path | bytes
Shown = TypeVar("Shown")


def trusting(policy: TrustPolicy) -> proofs.TrustPolicy:
    """Give a policy of the house to the verifier, as it is written."""
    return proofs.TrustPolicy.parse(policy.encode())


def handed(given: Iterable[Extension]) -> list[proofs.Extension]:
    """Give cosigned proofs to the verifier, as they are written."""
    return [proofs.Extension.parse(each.encode()) for each in given]


def verify_archive(
    source: Source, policy: TrustPolicy, given: Sequence[Extension] = ()
) -> proofs.VerifiedArchive:
    """Verify an export, whole."""
    return _of(source, lambda file: proofs.verify_archive(file, *_both(policy, given)))


def verify_own_chain(
    source: Source, policy: TrustPolicy, given: Sequence[Extension] = ()
) -> proofs.VerifiedChain:
    """Verify the customer's chain in an export."""
    return _of(
        source, lambda file: proofs.verify_archive_chain(file, *_both(policy, given))
    )


def _both(
    policy: TrustPolicy, given: Iterable[Extension]
) -> tuple[proofs.TrustPolicy, list[proofs.Extension]]:
    return trusting(policy), handed(given)


def _of(source: Source, check: Callable[[IO[bytes]], Shown]) -> Shown:
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        return check(file)
