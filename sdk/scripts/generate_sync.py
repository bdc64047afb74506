"""Writes the synchronous client from the asynchronous one.

    python sdk/scripts/generate_sync.py            write src/allod/_sync
    python sdk/scripts/generate_sync.py --check    exit 1 if it is not up to date

The substitutions are tokens, so docstrings are not touched: word them so that they
fit both. A substitution that no source uses is an error; it has outlived its reason.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import tokenize_rt
import unasync

SOURCE = Path(__file__).resolve().parent.parent / "src" / "allod" / "_async"
TARGET = SOURCE.with_name("_sync")
HEADER = "# Generated from allod/_async by scripts/generate_sync.py; edit that.\n"
SUBSTITUTIONS = {
    "AsyncAllod": "Allod",
    "AsyncClient": "Client",
    "AsyncDisclosures": "Disclosures",
    "AsyncScan": "Scan",
    "_async": "_sync",
    "aclose": "close",
    "aiter_bytes": "iter_bytes",
    "aread": "read",
    "asyncio": "time",
}


def unused() -> list[str]:
    """Name the substitutions that no source has a use for."""
    texts = [path.read_text("utf-8") for path in SOURCE.glob("*.py")]
    seen = {token.src for text in texts for token in tokenize_rt.src_to_tokens(text)}
    return sorted(SUBSTITUTIONS.keys() - seen)


def generate() -> dict[str, str]:
    """Give the text of each file of the synchronous client."""
    with tempfile.TemporaryDirectory() as folder:
        rule = unasync.Rule(f"{SOURCE}/", f"{folder}/", SUBSTITUTIONS)
        unasync.unasync_files([str(path) for path in SOURCE.glob("*.py")], [rule])
        written = sorted(Path(folder).glob("*.py"))
        return {path.name: HEADER + path.read_text("utf-8") for path in written}


def existing() -> dict[str, str]:
    """Give the text of each file that is there now."""
    return {path.name: path.read_text("utf-8") for path in TARGET.glob("*.py")}


def write(files: dict[str, str]) -> None:
    """Put the generated files in place, and remove what is no longer generated."""
    TARGET.mkdir(exist_ok=True)
    for name in existing().keys() - files.keys():
        (TARGET / name).unlink()
    for name, text in files.items():
        (TARGET / name).write_text(text, "utf-8")


def main() -> int:
    """Write the twin, or check that it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    checking = parser.parse_args().check
    if left_over := unused():
        print(f"no source uses these substitutions: {', '.join(left_over)}")
        return 1
    files = generate()
    if not checking:
        write(files)
    elif files != existing():
        print("src/allod/_sync is out of date: run sdk/scripts/generate_sync.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
