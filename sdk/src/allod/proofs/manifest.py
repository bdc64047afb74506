"""Manifests: what belongs to an export, by digest, under the log's signature."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from ._strict import canonical, member, only
from .errors import VerificationError
from .policy import TrustPolicy
from .signed import Context, read_signed, verify_document

_MEMBERS = frozenset({"v", "log", "made_at", "files"})
_FILE = frozenset({"path", "sha256", "size"})
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z")
_FORM = "%Y-%m-%dT%H:%M:%SZ"
_MAX_PATH = 200


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A file of an export: its SHA-256 in hexadecimal, and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class VerifiedManifest:
    """What a log has signed as the contents of an export made at `made_at`."""

    log: str
    made_at: str
    files: Mapping[str, ManifestFile]

    def verify_file(self, path: str, content: bytes) -> None:
        """Check that a file is the one that was signed.

        Raises:
            VerificationError: it is not listed, or its content is another.

        """
        file = self.files.get(path)
        if file is None:
            words = "the manifest does not list this file"
            raise VerificationError(words, code="file-extra", file=path)
        found = hashlib.sha256(content).hexdigest()
        if len(content) != file.size or not hmac.compare_digest(found, file.sha256):
            words = "the file is not the one that was signed"
            raise VerificationError(words, code="file-changed", file=path)


def verify_manifest(
    signed: bytes | str | Mapping[str, Any], policy: TrustPolicy
) -> VerifiedManifest:
    """Check the manifest of an export offline; its bytes have one spelling.

    Raises:
        VerificationError: malformed, or not signed by a trusted log.

    """
    data = signed.encode("utf-8", "replace") if isinstance(signed, str) else signed
    if isinstance(data, bytes) and canonical(read_signed(data)) + b"\n" != data:
        raise VerificationError("the manifest is not in canonical form")
    shown = verify_document(Context.MANIFEST, signed, policy)
    document = shown.document
    only(document, _MEMBERS)
    if member(document, "v", int) != 1:
        raise VerificationError("the manifest is of an unsupported version: expected 1")
    if member(document, "log", str) != shown.signer:
        words = f"the manifest names another log than {shown.signer}, which signed it"
        raise VerificationError(words, code="other-log")
    listed = [read_file(each) for each in member(document, "files", list)]
    files = dict(listed)
    if len(files) != len(listed):
        raise VerificationError("the manifest lists a file twice")
    made_at: str = member(document, "made_at", str)
    if not _is_instant(made_at):
        raise VerificationError("the manifest has no time")
    return VerifiedManifest(shown.signer, made_at, MappingProxyType(files))


def _is_instant(text: str) -> bool:
    try:
        datetime.strptime(text, _FORM).replace(tzinfo=UTC)
    except ValueError:
        return False
    return bool(_INSTANT.fullmatch(text))


def read_file(value: object) -> tuple[str, ManifestFile]:
    """Read one line of a list of files: `{path, sha256, size}`.

    Raises:
        VerificationError: it is none.

    """
    if not isinstance(value, dict):
        raise VerificationError("the manifest holds a line that is no file")
    only(value, _FILE)
    path, sha256 = member(value, "path", str), member(value, "sha256", str)
    size = member(value, "size", int)
    named = len(path) <= _MAX_PATH and _PATH.fullmatch(path)
    if not named or not _DIGEST.fullmatch(sha256) or size < 0:
        raise VerificationError("the manifest holds a line that is no file")
    return path, ManifestFile(sha256, size)
