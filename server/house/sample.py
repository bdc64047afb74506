"""The sample that ships: purchases and profiles of 300 customers who do not exist.

    python -m server.house.sample     writes server/_seed/purchases.csv and
    profiles.jsonl

Synthetic, and the same on every machine: each number is drawn from a hash of its
name. Customers are numbered as in CDNOW, so that the ideas that ship fit either. Mail
addresses are at example.org (RFC 2606), telephone numbers of a range that no network
will ever give out (Ofcom: 07700 900000 to 900999).
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from server.house.resources import seed

CUSTOMERS: Final = 300
PROFILES: Final = 60
HEADER: Final = ("customer_id", "day", "quantity", "amount", "product")

_FIRST_DAY: Final = date(2025, 1, 1)
_DAYS: Final = 540
_MOST: Final = 40
_PRODUCTS: Final = (
    ("Lumen desk lamp", 3900),
    ("Tarn kettle", 5450),
    ("Morrow notebook", 1290),
    ("Fennel herb box", 2675),
    ("Quill reading stand", 3115),
    ("Bramble backpack", 7980),
)
_TOPICS: Final = ("lamps", "kitchen", "paper", "garden", "travel")


def customer_id(number: int) -> str:
    """Write a customer's number as CDNOW does."""
    return f"{number:05}"


def purchases() -> str:
    """Give the purchases as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for number in range(1, CUSTOMERS + 1):
        writer.writerows(_of_customer(number))
    return text.getvalue()


def profiles() -> str:
    """Give the profiles as JSON Lines."""
    return "".join(
        json.dumps(_profile(number), ensure_ascii=False) + "\n"
        for number in range(1, PROFILES + 1)
    )


def _of_customer(number: int) -> Iterator[tuple[str, str, int, str, str]]:
    # Four in five of those who came n times come again: few come often.
    times = 1
    while times < _MOST and _drawn(5, number, times, "again") > 0:
        times += 1
    day = _drawn(_DAYS // 2, number, "first")
    for time in range(times):
        product, cents = _PRODUCTS[_drawn(len(_PRODUCTS), number, time, "product")]
        quantity = 1 + _drawn(3, number, time, "quantity")
        total = quantity * cents
        amount = f"{total // 100}.{total % 100:02}"
        at = _FIRST_DAY + timedelta(days=min(day, _DAYS))
        yield customer_id(number), at.isoformat(), quantity, amount, product
        day += 1 + _drawn(60, number, time, "pause")


def _profile(number: int) -> dict[str, str]:
    name = customer_id(number)
    return {
        "customer": name,
        "name": f"Customer {name}",
        "email": f"customer{name}@example.org",
        "phone": f"+44 7700 900{number:03}",
        "language": "zh" if number % 3 == 0 else "en",
        "topics": _TOPICS[_drawn(len(_TOPICS), number, "topic")],
    }


def _drawn(sides: int, *name: object) -> int:
    """Draw a number below `sides`, by name."""
    text = "/".join(map(str, name))
    return int.from_bytes(sha256(text.encode()).digest()[:8]) % sides


def write(folder: Path) -> None:
    """Write both files into a folder."""
    (folder / "purchases.csv").write_text(purchases(), encoding="utf-8")
    (folder / "profiles.jsonl").write_text(profiles(), encoding="utf-8")


if __name__ == "__main__":
    write(seed(""))
