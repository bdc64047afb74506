"""Trust policies (C2SP tlog-policy): which logs, which witnesses, how many of them.

A checkpoint is good if a listed log signed it under its own origin and the quorum of
witnesses cosigned it. The file is what an offline verifier holds on to; everything
else it gets may come from the party that it checks. One policy serves verifiers and
auditors alike.

Any one key of a log is enough. Whoever asks for an ML-DSA-44 signature beside the
Ed25519 one names that key as a witness and in the quorum: it is a cosigner's.
"""

import codecs
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from kit.errors import Malformed
from ledger.formats.checkpoint import Checkpoint, CheckpointError
from ledger.formats.encoding import decimal
from ledger.formats.note import open_note
from ledger.formats.signing import (
    COSIGNATURE,
    ED25519,
    ML_DSA_44,
    PROVISIONAL,
    UNKNOWN_SIGNER,
    NoteError,
    Verifier,
    cause_of,
)

MAX_POLICY_BYTES: Final = 1 << 16
MAX_NAMES: Final = 256
NO_QUORUM: Final = "none"

LOG_KEYS: Final = frozenset({ED25519, ML_DSA_44})
WITNESS_KEYS: Final = frozenset({COSIGNATURE, ML_DSA_44})

_BLANK = re.compile(r"[ \t]+")


class PolicyError(Malformed):
    """The file is not a trust policy, or a checkpoint does not satisfy it."""

    code, title = "policy_invalid", "The trust policy is not satisfied"


class Provisional(PolicyError):
    """The log signed the checkpoint, and the quorum has not been shown to agree yet."""

    code, title = PROVISIONAL, "The proof is provisional"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"provisional: too few witnesses cosigned the tree of {size} entries; fetch"
            f" the proof again from /v1/ledger/extension?from={size}, and give both"
        )
        self.size = size


@dataclass(frozen=True, slots=True)
class WitnessGroup:
    """Witnesses, or groups of them, of which `least` must agree."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AcceptedCheckpoint:
    """A checkpoint that satisfies the policy, and the witnesses' times by name."""

    checkpoint: Checkpoint
    witnessed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """What a verifier trusts. Nothing is fetched from the URLs in the file here."""

    logs: tuple[Verifier, ...]
    witnesses: Mapping[str, Verifier] = field(default_factory=dict)
    groups: Mapping[str, WitnessGroup] = field(default_factory=dict)
    quorum: str = NO_QUORUM
    urls: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where witnesses are asked, by name; a log reads it, a verifier does not."""

    @classmethod
    def parse(cls, data: bytes | str) -> Self:
        """Read a policy file.

        Raises:
            PolicyError: a line cannot be read; the message gives its number.

        """
        reading = _PolicyReading()
        for number, items in _lines(data):
            try:
                reading.take(items)
            except (PolicyError, NoteError) as error:
                raise PolicyError(f"line {number}: {error.detail}") from None
        if reading.quorum is None:
            raise PolicyError("the policy has no quorum line")
        return cls(
            tuple(reading.logs),
            MappingProxyType(reading.witnesses),
            MappingProxyType(reading.groups),
            reading.quorum,
            MappingProxyType(reading.urls),
        )

    def encode(self) -> str:
        """Write the policy as a file."""
        lines = [f"log {log.vkey}" for log in self.logs]
        lines += [f"witness {name} {v.vkey}" for name, v in self.witnesses.items()]
        lines += [
            f"group {name} {group.least} {' '.join(group.members)}"
            for name, group in self.groups.items()
        ]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])

    def accept(self, note: str | bytes) -> AcceptedCheckpoint:
        """Verify a signed checkpoint.

        Raises:
            Provisional: the log signed it, and that is all that is shown.
            PolicyError: it is malformed, or not signed as the policy asks.

        """
        try:
            opened = open_note(note, (*self.logs, *self.witnesses.values()))
            checkpoint = Checkpoint.parse(opened.text)
        except (NoteError, CheckpointError) as error:
            raise PolicyError(error.detail, code=cause_of(error)) from None
        signed = {signature.verifier: signature.time for signature in opened.signatures}
        if not any(
            log in signed and log.name == checkpoint.origin for log in self.logs
        ):
            raise PolicyError(
                "no trusted key of the log that the checkpoint names signed it",
                code=UNKNOWN_SIGNER,
            )
        witnessed = {
            name: time
            for name, verifier in self.witnesses.items()
            if (time := signed.get(verifier)) is not None
        }
        if self._agrees(self.quorum, witnessed):
            return AcceptedCheckpoint(checkpoint, MappingProxyType(witnessed))
        raise Provisional(checkpoint.size)

    def _agrees(self, name: str, witnessed: Mapping[str, int]) -> bool:
        if name == NO_QUORUM or name in witnessed:
            return True
        group = self.groups.get(name)
        if group is None:
            return False
        return sum(self._agrees(m, witnessed) for m in group.members) >= group.least


class _PolicyReading:
    """A policy half read: lines may name only what stands above them."""

    def __init__(self) -> None:
        self.logs: list[Verifier] = []
        self.witnesses: dict[str, Verifier] = {}
        self.groups: dict[str, WitnessGroup] = {}
        self.quorum: str | None = None
        self.urls: dict[str, str] = {}
        self._grouped: set[str] = set()

    def take(self, items: list[str]) -> None:
        """Read one line's items.

        Raises:
            PolicyError: not a line of the format, or one that contradicts another.

        """
        match items:
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(_key(vkey, LOG_KEYS, self.logs))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._free(name)
                others = list(self.witnesses.values())
                self.witnesses[name] = _key(vkey, WITNESS_KEYS, others)
                self.urls.update((name, each) for each in url)
            case ["group", name, least, *members]:
                self._group(name, least, tuple(members))
            case ["quorum", name] if self.quorum is None:
                self._known(name, none=True)
                self.quorum = name
            case _:
                raise PolicyError("not a log, a witness, a group or the one quorum")

    def _group(self, name: str, least: str, members: tuple[str, ...]) -> None:
        self._free(name)
        for member in members:
            self._known(member)
            # One way only for each witness to count towards the quorum.
            if member in self._grouped:
                raise PolicyError("a name is a member twice")
            self._grouped.add(member)
        count = _least(least, len(members))
        if not 1 <= count <= len(members):
            raise PolicyError("a group asks for at least 1 and at most all members")
        self.groups[name] = WitnessGroup(count, members)

    def _free(self, name: str) -> None:
        if len(self.witnesses) + len(self.groups) == MAX_NAMES:
            raise PolicyError(f"the policy defines more than {MAX_NAMES} names")
        if name == NO_QUORUM or name in self.witnesses or name in self.groups:
            raise PolicyError("the name is taken")

    def _known(self, name: str, *, none: bool = False) -> None:
        if not (none and name == NO_QUORUM) and (
            name not in self.witnesses and name not in self.groups
        ):
            raise PolicyError("a name is used that no line above defines")


def _key(vkey: str, types: Collection[int], others: list[Verifier]) -> Verifier:
    verifier = Verifier.parse(vkey)
    if verifier.algorithm not in types:
        raise PolicyError("the key is of the wrong type for its line")
    if any(verifier.public == other.public for other in others):
        raise PolicyError("a key is listed twice")
    return verifier


def _least(text: str, members: int) -> int:
    match text:
        case "all":
            return members
        case "any":
            return 1
    try:
        return decimal(text)
    except ValueError:
        raise PolicyError("a group asks for all, any or a number") from None


def _lines(data: bytes | str) -> Iterator[tuple[int, list[str]]]:
    """Give the lines that say something, split at blanks and tabs alone."""
    try:
        octets = (
            data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
        )
    except UnicodeError:
        raise PolicyError("the policy is not text") from None
    if len(octets) > MAX_POLICY_BYTES:
        raise PolicyError("the policy is too long")
    # As an editor on Windows saves it: the same lines, and the same names in them.
    octets = octets.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    # Names are opaque octets; those that are not UTF-8 are carried through.
    text = octets.decode("utf-8", "surrogateescape")
    if any((c < " " and c not in "\t\n") or c == "\x7f" for c in text):
        raise PolicyError("the policy has control characters")
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip(" \t")
        if stripped and not stripped.startswith("#"):
            yield number, _BLANK.split(stripped)
