"""What travels with the program: policies, migrations, catalogue, verifier.

In a wheel the folders of the repository lie in `server/_bundle`; in a checkout they
lie beside this package. What is under `server/_seed` is the same in both.
"""

from pathlib import Path

_HERE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """Find a shipped folder, `policies` or `migrations`."""
    bundled = _HERE / "_bundle" / name
    return bundled if bundled.is_dir() else _HERE.parent / name


def verifier() -> Path:
    """Find the auditors' program: the verify-only part of the SDK, as it ships."""
    bundled = _HERE / "_bundle" / "proofs"
    checkout = _HERE.parent / "sdk" / "src" / "allod" / "proofs"
    return bundled if bundled.is_dir() else checkout


def seed(name: str) -> Path:
    """Find a file that a new home begins with, or that the demo uses."""
    return _HERE / "_seed" / name
