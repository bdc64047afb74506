"""Talk to an Allod server: a vault in which customers own their data.

`Allod` is the client, `AsyncAllod` its twin for event loops. Everything that can go
wrong is an `AllodError`; what comes back are frozen values. `allod.proofs`, which is
imported by itself and asks for the extra `verify`, checks receipts and certificates
offline and trusts no server.

    with Allod("https://vault.example", token=token) as allod:
        page = allod.records.list("c-1042", "profile", purpose="support.case")
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allod._public import *  # noqa: F403 - the names are listed there
    from allod._public import __version__ as __version__


def __getattr__(name: str) -> object:
    """Load the client when it is asked for: an auditor has no HTTP library for it."""
    if name == "__all__":
        return __dir__()
    if _may_be_public(name):
        import allod._public as public  # noqa: PLC0415 - not before somebody asks

        if name in vars(public):
            found: object = getattr(public, name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    import allod._public as public  # noqa: PLC0415 - not before somebody asks

    return [name for name in vars(public) if _may_be_public(name)]


def _may_be_public(name: str) -> bool:
    # What is looked for here on the way to a module below must load nothing.
    return name == "__version__" or not name.startswith(("_", "proofs"))
