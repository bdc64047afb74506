"""What every key provider does, tried on whatever makes one."""

from collections.abc import Callable
from typing import Final, TypeAlias

import pytest

from kit.errors import Conflict
from vault._internal.aead import Unsealable
from vault._internal.ports.root_keys import KekProvider

MakeKek: TypeAlias = Callable[[], KekProvider]
KEY, AAD = b"k" * 32, b"aad"


def a_wrapped_key_unwraps_with_its_version_and_aad(make: MakeKek) -> None:
    kek = make()
    version, wrapped = kek.wrap(KEY, AAD)
    assert kek.unwrap(version, wrapped, AAD) == KEY
    assert KEY not in wrapped


def another_aad_version_or_byte_does_not_unwrap(make: MakeKek) -> None:
    kek = make()
    version, wrapped = kek.wrap(KEY, AAD)
    other = kek.rotate()
    for asked in (
        (version, wrapped, b"else"),
        (other, wrapped, AAD),
        (99, wrapped, AAD),
        (version, wrapped[:-1], AAD),
        (version, b"", AAD),
    ):
        with pytest.raises(Unsealable):
            kek.unwrap(*asked)


def after_rotation_the_new_version_wraps_and_the_old_one_still_unwraps(
    make: MakeKek,
) -> None:
    kek = make()
    old = kek.wrap(KEY, AAD)
    assert kek.rotate() == 2
    assert kek.wrap(KEY, AAD)[0] == 2
    assert kek.unwrap(*old, AAD) == KEY
    assert kek.versions() == (1, 2)


def what_a_destroyed_version_had_wrapped_is_lost(make: MakeKek) -> None:
    kek = make()
    old = kek.wrap(KEY, AAD)
    kek.rotate()
    kek.destroy(1)
    kek.destroy(1)
    assert kek.versions() == (2,)
    with pytest.raises(Unsealable):
        kek.unwrap(*old, AAD)


def the_version_that_wraps_is_not_destroyed(make: MakeKek) -> None:
    kek = make()
    with pytest.raises(Conflict):
        kek.destroy(1)
    assert kek.versions() == (1,)


EXERCISES: Final[tuple[Callable[[MakeKek], None], ...]] = (
    a_wrapped_key_unwraps_with_its_version_and_aad,
    another_aad_version_or_byte_does_not_unwrap,
    after_rotation_the_new_version_wraps_and_the_old_one_still_unwraps,
    what_a_destroyed_version_had_wrapped_is_lost,
    the_version_that_wraps_is_not_destroyed,
)
