"""Where an installation keeps its stores: three folders under one home.

    data/     vault.db, audit.db, the active policies   backups may be kept for years
    keys/     identity.db, root.key                     backups at most the horizon
    mirror/   orders, policies, public ledger           another failure domain

In production the three are separate disks or hosts; embedded they share one, and
`allod doctor` says so.
"""

import os
import re
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kit.errors import CannotStart
from kit.storage import about

EXCLUSIVE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
"""How a new file is opened: it is made here, or nothing is written."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ASIDE: Final = re.compile(r"(\.[0-9a-f]{16})?\.new$")

READMES = {
    "data": (
        "Sealed records, consent, the ledger and the access log. Without keys/ this "
        "is noise. Back it up as often as you like and keep it for years.\n"
    ),
    "keys": (
        "Who is who, and every key. Back it up apart from data/, and destroy each "
        "backup within the horizon (7 days unless set otherwise): a copy kept longer "
        "could bring an erased person back.\n"
    ),
    "mirror": (
        "Orders, policies and the public side of the ledger. Keep it on another disk "
        "or host than data/: it is what notices that data/ was rolled back.\n"
    ),
}


@dataclass(frozen=True, slots=True)
class Home:
    """The folders and files of one installation."""

    root: Path

    @property
    def data(self) -> Path:
        """The folder that may be backed up for years."""
        return self.root / "data"

    @property
    def keys(self) -> Path:
        """The folder whose backups must not outlive the horizon."""
        return self.root / "keys"

    @property
    def mirror(self) -> Path:
        """The folder that belongs on another disk."""
        return self.root / "mirror"

    @property
    def vault_db(self) -> Path:
        """Sealed records, consent, ledger."""
        return self.data / "vault.db"

    @property
    def audit_db(self) -> Path:
        """The access log."""
        return self.data / "audit.db"

    @property
    def policies(self) -> Path:
        """Policy bundles, one folder per digest."""
        return self.data / "policies"

    @property
    def mirror_policies(self) -> Path:
        """The same bundles, out of reach of what happens to data/."""
        return self.mirror / "policies"

    @property
    def catalogue(self) -> Path:
        """The collections that this vault keeps."""
        return self.data / "catalogue.yaml"

    @property
    def notices(self) -> Path:
        """What customers are shown before they consent, beside what ships; optional."""
        return self.data / "notices.yaml"

    @property
    def identity_db(self) -> Path:
        """Who is who, and the wrapped keys."""
        return self.keys / "identity.db"

    @property
    def root_key(self) -> Path:
        """The file provider's ring of root keys."""
        return self.keys / "root.key"

    @property
    def exists(self) -> bool:
        """Whether an installation was ever made here."""
        return self.vault_db.exists() or self.identity_db.exists()

    def make(self) -> None:
        """Make the folders, each with a line that says what to back up where."""
        for name, text in READMES.items():
            folder = self.root / name
            make_folder(folder)
            folder.chmod(0o700)
            write_durably(folder / "README", text.encode())

    def close_to_others(self) -> None:
        """Let the stores' files be their owner's alone; once they took the umask's."""
        for store in (self.vault_db, self.audit_db, self.identity_db):
            for path in store.parent.glob(f"{store.stem}.*"):
                # Not this user's, or not to be written: the doctor says so.
                with suppress(OSError):
                    mode = path.lstat().st_mode
                    if stat.S_ISREG(mode) and mode & _OTHERS:
                        path.chmod(0o600)

    def require(self) -> None:
        """Check that an installation is here and whole.

        Raises:
            CannotStart: nothing here, or one of its files is missing.

        """
        if not self.exists:
            raise CannotStart(
                "there is no installation in this home",
                fix="run `allod init --home DIR` first",
            )
        for path in (self.vault_db, self.audit_db, self.identity_db):
            if not path.exists():
                raise CannotStart(
                    f"{path.parent.name}/{path.name} is missing",
                    fix="restore it from a backup; a new file would lose what it held",
                )


def write_durably(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace a file so that after a power failure it is the old one or the new one.

    Write aside, fsync, rename, fsync the folder. The file has this mode whatever the
    umask, and nothing that lies in the folder is written through.

    Raises:
        OSError: the disk is full, a permission is missing; it names the file.

    """
    replace_aside(path, data, mode=mode)
    sync_folder(path.parent)


def replace_aside(path: Path, data: bytes, *, mode: int) -> None:
    """Replace a file; its name is durable once its folder is."""
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    with about(path):
        descriptor = os.open(aside, EXCLUSIVE, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


def make_folder(folder: Path, *, mode: int = 0o700) -> None:
    """Make a folder and those missing above it, of this mode whatever the umask.

    Raises:
        OSError: it cannot be made, or something else is of that name.

    """
    if not folder.parent.is_dir():
        make_folder(folder.parent, mode=mode)
    if not folder.is_dir():
        folder.mkdir(mode, exist_ok=True)
        folder.chmod(mode)


def meant(name: str) -> str:
    """Give the name of the file that one was written aside for, or its own."""
    return _ASIDE.sub("", name)


def sync_folder(folder: Path) -> None:
    """Make a folder's own entries (new names, renames) durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
