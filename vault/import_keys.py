"""Keys of imported records: what makes a repeated import find what it wrote."""

from hashlib import sha256
from hmac import digest

from kit.framing import framed
from kit.secret import Secret
from vault.line_sources import Fingerprint


class ImportKeys:
    """Names imports and the records that they write, by keyed hashes."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def source(self, file: Fingerprint, map_text: bytes) -> bytes:
        """Name an import under way: this file by this map."""
        map_digest = sha256(map_text).digest()
        return self._mac("allod/import/cursor/v1", file.digest, map_digest)

    def of_line(self, collection: str, file: Fingerprint, line: int) -> str:
        """Name the record of a line of one file."""
        mac = self._mac("allod/import/line/v1", collection, file.digest, line)
        return "import:" + mac.hex()

    def of_customer(self, collection: str, customer: str) -> str:
        """Name the one record of a customer, whatever file it comes from."""
        mac = self._mac("allod/import/customer/v1", collection, customer)
        return "import:" + mac.hex()

    def _mac(self, *fields: bytes | str | int) -> bytes:
        return digest(self._secret.reveal(), framed(*fields), "sha256")
