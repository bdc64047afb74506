"""Trust policies: whose word about a log is taken (C2SP tlog-policy).

A policy is a small text file: keys of logs, keys of witnesses, groups of witnesses,
and the quorum that must have cosigned a checkpoint. It is all the trust there is: get
it by another way than the receipts that are checked with it.

Any one key of a log will do. To ask for a log's ML-DSA-44 signature beside its Ed25519
one, name that key as a witness, and in the quorum: what it makes is a cosignature.
"""

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ._strict import decimal
from .checkpoint import Checkpoint, Extension
from .errors import ProvisionalError, UnknownSignerError, VerificationError
from .merkle import verify_consistency
from .note import COSIGNATURE, ED25519, ML_DSA_44, Note, Verifier, open_note

NO_QUORUM = "none"
MAX_POLICY_BYTES = 1 << 16
MAX_NAMES = 256

_LOG_KINDS = {ED25519, ML_DSA_44}
_WITNESS_KINDS = {COSIGNATURE, ML_DSA_44}
_OPAQUE = "surrogateescape"
_CONTROLS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses or groups, of which at least `threshold` must have cosigned."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerifiedCheckpoint:
    """A checkpoint that the policy accepts, and which witnesses had seen it when."""

    checkpoint: Checkpoint
    witnessed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """The logs and witnesses that a verifier trusts, and how many it asks for."""

    logs: tuple[Verifier, ...]
    witnesses: Mapping[str, Verifier]
    groups: Mapping[str, Group]
    quorum: str

    @classmethod
    def parse(cls, text: bytes | str) -> "TrustPolicy":
        """Read a policy file.

        Raises:
            VerificationError: not a policy; one bad line spoils the file.

        """
        return _Reader().read(text)

    @classmethod
    def of_log(cls, vkey: str) -> "TrustPolicy":
        """Make the policy that trusts one log and asks for no witness."""
        return cls.parse(f"log {vkey}\nquorum {NO_QUORUM}\n")

    def verify_checkpoint(
        self, note: bytes | str, proofs: Sequence[Extension] = ()
    ) -> VerifiedCheckpoint:
        """Open a signed checkpoint, and check that the quorum has cosigned it.

        Or that one of the proofs leads from its tree to one that the quorum has.

        Raises:
            ProvisionalError: too few witnesses, and no proof that leads on.
            VerificationError: not a checkpoint of a trusted log.

        """
        opened = open_note(note, (*self.logs, *self.witnesses.values()))
        checkpoint = Checkpoint.parse(opened.text)
        if not any(self._logged(checkpoint, opened)):
            raise UnknownSignerError(
                "no trusted key of the log that the checkpoint names has signed it"
            )
        witnessed = self._witnessed(opened)
        if self.quorum != NO_QUORUM and not self._holds(self.quorum, witnessed):
            return self._extended(checkpoint, proofs)
        return VerifiedCheckpoint(checkpoint, MappingProxyType(witnessed))

    def _extended(
        self, tree: Checkpoint, proofs: Sequence[Extension]
    ) -> VerifiedCheckpoint:
        fit = [each for each in proofs if each.old == tree.size]
        if not fit:
            raise ProvisionalError(tree.size)
        accepted = self.verify_checkpoint(fit[0].note)
        newer = accepted.checkpoint
        if newer.origin != tree.origin:
            words = f"the proof is of another log: {newer.origin}, not {tree.origin}"
            raise VerificationError(words, code="other-log")
        verify_consistency(tree.size, newer.size, fit[0].path, tree.root, newer.root)
        return VerifiedCheckpoint(tree, accepted.witnessed)

    def _logged(self, checkpoint: Checkpoint, opened: Note) -> Iterable[bool]:
        # C2SP tlog-checkpoint: the origin is the name of the key that signs.
        for signature in opened.signatures:
            trusted = signature.by in self.logs
            yield trusted and signature.by.name == checkpoint.origin

    def _witnessed(self, opened: Note) -> dict[str, int]:
        times = {each.by: each.at for each in opened.signatures}
        found = ((name, times.get(key)) for name, key in self.witnesses.items())
        return {name: at for name, at in found if at is not None}

    def _holds(self, name: str, witnessed: Mapping[str, int]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in witnessed
        holding = sum(self._holds(member, witnessed) for member in group.members)
        return holding >= group.threshold


class _Reader:
    """What has been read of a policy file so far; later lines name earlier ones."""

    def __init__(self) -> None:
        self.logs: list[Verifier] = []
        self.witnesses: dict[str, Verifier] = {}
        self.groups: dict[str, Group] = {}
        self.taken: set[str] = set()
        self.quorum = ""

    def read(self, text: bytes | str) -> TrustPolicy:
        for line in _lines(text):
            match line:
                case ["log", vkey] | ["log", vkey, _]:
                    self._log(vkey)
                case ["witness", name, vkey] | ["witness", name, vkey, _]:
                    self._witness(name, vkey)
                case ["group", name, threshold, *members]:
                    self._group(name, threshold, members)
                case ["quorum", name]:
                    self._quorum(name)
                case _:
                    raise VerificationError("a line of the policy has another form")
        if not self.quorum:
            raise VerificationError("the policy names no quorum")
        return TrustPolicy(
            tuple(self.logs),
            MappingProxyType(self.witnesses),
            MappingProxyType(self.groups),
            self.quorum,
        )

    def _log(self, vkey: str) -> None:
        self.logs.append(_key(vkey, _LOG_KINDS, self.logs))

    def _witness(self, name: str, vkey: str) -> None:
        key = _key(vkey, _WITNESS_KINDS, self.witnesses.values())
        self._name(name)
        self.witnesses[name] = key

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        counts = {"any": 1, "all": len(members)}
        needed = counts[threshold] if threshold in counts else decimal(threshold)
        if not 1 <= needed <= len(members):
            raise VerificationError("a group's threshold cannot be met")
        for member in members:
            self._known(member)
            if member in self.taken:
                raise VerificationError("a name is a member twice")
            self.taken.add(member)
        self._name(name)
        self.groups[name] = Group(needed, tuple(members))

    def _quorum(self, name: str) -> None:
        if self.quorum:
            raise VerificationError("the policy names two quorums")
        if name != NO_QUORUM:
            self._known(name)
        self.quorum = name

    def _name(self, name: str) -> None:
        if len(self.witnesses) + len(self.groups) >= MAX_NAMES:
            raise VerificationError("the policy defines too many names")
        if name == NO_QUORUM or name in self.witnesses or name in self.groups:
            raise VerificationError("a name in the policy is taken")

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise VerificationError("the policy uses a name before it is defined")


def _key(vkey: str, kinds: set[int], others: Iterable[Verifier]) -> Verifier:
    key = Verifier.parse(vkey)
    if key.kind not in kinds:
        raise VerificationError("a key of the policy is of the wrong kind")
    if any(other.public == key.public for other in others):
        raise VerificationError("a key is in the policy twice")
    return key


def _lines(text: bytes | str) -> Iterable[list[str]]:
    """Split a policy into the words of its lines.

    Names are opaque octets, and this error handler keeps unequal octets unequal.
    """
    try:
        data = text.encode("utf-8", _OPAQUE) if isinstance(text, str) else text
    except UnicodeEncodeError:
        raise VerificationError("the policy is not made of octets") from None
    if len(data) > MAX_POLICY_BYTES:
        raise VerificationError("the policy is too long")
    # An editor on Windows begins a file with a mark, and its lines end with CR LF.
    data = data.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    if _CONTROLS.search(data):
        raise VerificationError("the policy holds a control character")
    for line in data.decode("utf-8", _OPAQUE).split("\n"):
        words = [word for word in line.replace("\t", " ").split(" ") if word]
        if words and not words[0].startswith("#"):
            yield words
