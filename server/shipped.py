"""What travels with the program: policies, migrations, the first catalogue.

In a wheel the two folders of the repository lie in `server/_bundle`; in a checkout
they lie beside this package. What is under `server/_seed` is the same in both.
"""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Find a shipped folder, `policies` or `migrations`."""
    bundled = _HERE / "_bundle" / name
    return bundled if bundled.is_dir() else _HERE.parent / name


def seed(name: str) -> Path:
    """Find a file that a new home begins with, or that the demo uses."""
    return _HERE / "_seed" / name
