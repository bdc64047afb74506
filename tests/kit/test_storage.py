"""What the system refuses is said with its path, a code, and the system's own name."""

import errno
import os

import pytest

from kit.storage import in_words

REFUSED = {
    errno.ENOSPC: "storage.full",
    errno.EDQUOT: "storage.full",
    errno.EROFS: "storage.read_only",
    errno.EACCES: "storage.denied",
    errno.ENOENT: "storage.missing",
    errno.EISDIR: "storage.no_place",
    errno.EMFILE: "storage.too_many_files",
    errno.ENFILE: "storage.too_many_files",
    errno.EIO: "storage.failed",
    errno.ESTALE: "storage.failed",
    errno.EBUSY: "storage.failed",
}


@pytest.mark.parametrize("number", REFUSED)
def test_it_has_a_code_and_its_name_and_its_path_for_the_operator_alone(
    number: int,
) -> None:
    error = OSError(number, os.strerror(number), "/srv/home/vault.db")
    told, shown = in_words(error, with_path=True), in_words(error)
    assert told is not None
    assert shown is not None
    assert told.detail.startswith("/srv/home/vault.db: ")
    assert told.detail.endswith(f"({errno.errorcode[number]})")
    assert told.reason_code == REFUSED[number]
    assert told.fix
    assert "/srv" not in shown.detail


def test_what_is_about_no_file_is_none_of_these() -> None:
    assert in_words(OSError(errno.ESTALE, "no file")) is None
    assert in_words(OSError("no number")) is None
