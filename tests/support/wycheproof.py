"""The public Wycheproof vectors, read from the shared folder beside the repository."""

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ARCHIVE = Path(__file__).parents[3] / "shared" / "vectors" / "wycheproof.tar.xz"


def cases(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Give (group, test) for each vector of one file of the archive."""
    if not ARCHIVE.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("shared/vectors/wycheproof.tar.xz is missing on CI")
        pytest.skip("shared/vectors/wycheproof.tar.xz is not here")
    with tarfile.open(ARCHIVE) as archive:
        member = archive.extractfile(f"wycheproof/{name}_test.json")
        assert member is not None
        document = json.load(member)
    for group in document["testGroups"]:
        for test in group["tests"]:
            yield group, test
