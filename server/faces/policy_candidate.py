"""Policies that somebody has in mind, as a call sends them: a base and what differs.

A whole bundle is sent by naming each of its files; a change, by naming the few that
differ from an installed bundle; an installed bundle itself, by its digest alone. What
comes of it is checked as every bundle is, and installed nowhere.
"""

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from kit.errors import Fault, Invalid
from pdp.bundle.bundle import Bundle, BundleError, from_texts, installed
from server.http.schemas import Schema, example

if TYPE_CHECKING:
    from server.house.house import House

MAX_FILES: Final = 500
MAX_FILE: Final = 1 << 18

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A bundle's digest, as `allod policy test` prints it."""

BundlePath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.][A-Za-z0-9_./-]{0,127}$")]
"""Where a file is in a bundle, from the bundle's own folder."""


class Candidate(
    Schema,
    json_schema_extra=example(
        files={"tables/data.json": '{"purposes": {}}'},
        removed=["cases/marketing_sms.yaml"],
    ),
):
    """Policies to be looked at: those of `base` (else those in force), changed."""

    base: Digest | None = None
    files: Annotated[
        dict[BundlePath, Annotated[str, Field(max_length=MAX_FILE)]],
        Field(max_length=MAX_FILES),
    ] = Field(default_factory=dict)
    removed: Annotated[list[BundlePath], Field(max_length=MAX_FILES)] = Field(
        default_factory=list
    )


def candidate_bundle(house: "House", candidate: Candidate) -> Bundle:
    """Put a candidate together.

    Raises:
        Invalid: there is no such base, a file to be removed is not in it, or what
            comes of it is no whole bundle; the words name the file.

    """
    base = _base(house, candidate.base)
    texts = dict(base.texts)
    for place, path in enumerate(candidate.removed):
        if texts.pop(path, None) is None:
            raise _invalid(f"/removed/{place}", "there is no such file to remove")
    try:
        return from_texts({**texts, **candidate.files})
    except BundleError as error:
        fault = Fault(f"{error.file}:{error.line}:{error.column}", error.message)
        raise Invalid(
            error.detail, code=error.code, fix=error.fix, faults=(fault,)
        ) from None


def _base(house: "House", digest: str | None) -> Bundle:
    in_force = house.bundle
    if digest is None or digest == in_force.digest:
        return in_force
    if not (house.home.policies / digest).is_dir():
        raise _invalid("/base", "no policies of this digest are installed")
    return installed(house.home.policies, digest)


def _invalid(pointer: str, message: str) -> Invalid:
    fault = Fault(pointer, message)
    return Invalid("the candidate names what is not there", faults=(fault,))
