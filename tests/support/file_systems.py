"""File systems of one's own for a test: small ones, and ones that are read-only.

The superuser writes past a file's mode, so a full disk and a read-only one are made.
Where nothing can be mounted the test skips; on CI, which can, it fails.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, *, kilobytes: int = 256) -> Iterator[Path]:
    """Mount a file system of a few pages on a new folder for a block."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nothing write below a folder for a block, not the superuser either."""
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,ro,bind", str(folder))
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def filled(folder: Path) -> None:
    """Leave no room in a small file system."""
    descriptor = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(descriptor, bytes(1 << 12))
    except OSError:
        pass
    finally:
        os.close(descriptor)


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, check=False)
    if done.returncode == 0:
        return
    if os.environ.get("CI") == "true":
        pytest.fail("nothing can be mounted here: " + done.stderr.decode())
    pytest.skip("nothing can be mounted here")
