"""First chapters: a file arrives, and what of it can be read on the disk."""

import json
from pathlib import Path
from typing import Final

from server.auth.principals import operating
from server.demo.context import CUSTOMER, DemoContext, must
from server.demo.disk import dump, search
from server.house.resources import seed
from vault.imports.import_report import ImportReport

CDNOW: Final = "cdnow_master.txt.xz"
IMPORTING: Final = "import.history"
SEARCHED: Final = ("name", "email", "phone")


def sources(context: DemoContext) -> list[tuple[str, Path, Path]]:
    """Name what is imported: in words, the file, the map. Profiles come first.

    Whoever is known keeps the class they were registered with, and the profiles say
    of each person that they are of age; a file of purchases does not know.
    """
    maps = seed("maps")
    found = [
        ("made-up profiles", seed("profiles.jsonl"), maps / "profiles.yaml"),
        ("ideas, Chinese and English", seed("ideas.jsonl"), maps / "ideas.yaml"),
    ]
    cdnow = None if context.data is None else context.data / CDNOW
    if cdnow is not None and cdnow.is_file():
        found.append(("purchases (CDNOW, a real shop)", cdnow, maps / "cdnow.yaml"))
    else:
        sample = seed("purchases.csv")
        found.append(("purchases (made up)", sample, maps / "purchases.yaml"))
    return found


def imported(context: DemoContext, title: str, file: Path, map_: Path) -> ImportReport:
    """Import one file, with a bar while it lasts."""
    plan = context.house.imports.read_map(map_)
    with context.progress(f"importing {title}") as progress:
        question = operating(IMPORTING, region=plan.regions[0])
        return context.house.imports.run(question, plan, file, progress=progress)


def import_(context: DemoContext) -> None:
    """Import everything, each record sealed under its customer's own key."""
    customers = 0
    for title, file, map_ in sources(context):
        report = imported(context, title, file, map_)
        customers += report.customers
        context.say(f"  {report.written:>7,} {title}, {report.refused} lines refused")
        must(not report.refused, "every line of the file is imported")
    context.house.log.publish()
    context.say(f"  {customers:>7,} customers, each with a key of their own")


def disk(context: DemoContext) -> None:
    """Look at the disk as somebody would who stole it."""
    vault = context.house.home.vault_db
    context.say(f"  the middle of {vault.name} ({_mega(vault.stat().st_size)}):")
    for line in dump(vault, 3):
        context.say(f"    {line}")
    values = _values()
    found = search(context.home, values, but=context.out)
    control = search(seed("profiles.jsonl").parent, values)
    must(found.hits == 0, "nothing of the customer stands on the disk in the clear")
    must(control.hits >= len(values), "the same search finds it in the imported file")
    context.say(
        f"  name, e-mail and telephone of customer {CUSTOMER}, in every encoding:"
        f" found {found.hits} times in {found.files} files, {_mega(found.bytes)}"
    )
    context.say(f"  (the same search in the file they came from: {control.hits} times)")


def _values() -> list[str]:
    with seed("profiles.jsonl").open(encoding="utf-8") as file:
        profiles = map(json.loads, file)
        mine = next(each for each in profiles if each["customer"] == CUSTOMER)
    return [mine[name] for name in SEARCHED]


def _mega(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
