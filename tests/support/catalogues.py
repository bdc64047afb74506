"""A small catalogue with a field of each type, and the shipped one."""

from pathlib import Path

from vault.catalog.catalog import Catalog

SEED = Path(__file__).parents[2] / "server" / "_seed" / "catalogue.yaml"

GOOD = """\
version: 1
collections:
  person:
    title: Somebody
    schema: 3
    ugc: false
    retention: P6Y
    sealed_apart: [contact, special]
    padding: 512
    purposes:
      support.case: contract
      marketing.email: consent
    identifiers:
      email: email
      phone: phone
      number: external
    fields:
      email: {type: email, class: contact, required: true}
      phone: {type: phone, class: contact}
      number: {type: string, class: identity, max: 8}
      colour: {type: string, class: preference, enum: [red, blue]}
      stars: {type: integer, class: content, enum: [1, 2, 3]}
      note: {type: text, class: special}
      agreed: {type: boolean, class: support}
      born: {type: date, class: identity}
      seen: {type: datetime, class: support}
      home: {type: url, class: contact}
      paid: {type: number, class: transaction}
"""
ANNA = {"email": "anna@example.org"}


def field_line(name: str, data_class: str = "") -> str:
    """Give the line of the shipped catalogue that declares a field."""
    declared = f"      {name}: {{"
    return next(
        line
        for line in SEED.read_text("utf-8").splitlines(keepends=True)
        if line.startswith(declared) and f"class: {data_class}" in line
    )


def load(tmp_path: Path, text: str, purposes: set[str] | None = None) -> Catalog:
    path = tmp_path / "catalogue.yaml"
    path.write_text(text, encoding="utf-8")
    return Catalog.load(path, purposes)
