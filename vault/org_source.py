"""From an organisation's YAML to a chart, or to the list of all that is wrong with it.

    version: 1
    units:
      - unit: school
        kind: school
        units:
          - unit: campus.north
            kind: campus
            posts:
              - {staff: kim, until: "2027-07-31T00:00:00Z"}

Units stand within units, so that a file cannot say that one is within itself.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

import yaml

from kit.clock import parse_iso
from kit.errors import Invalid
from vault._catalog_yaml import Block, Source
from vault.organisation import NAME, Chart, Post, Unit

VERSION: Final = 1
MAX_DEPTH: Final = 32
MAX_STAFF: Final = 128


class OrgError(Invalid):
    """The file cannot be used; `faults_at` name file, line, column and key."""

    code = "org_invalid"

    def __init__(self, faults_at: tuple[str, ...]) -> None:
        super().__init__(
            "the organisation cannot be read:\n" + "\n".join(faults_at),
            fix="correct the lines named above and import again; nothing was changed",
        )
        self.faults_at = faults_at


def load(path: Path, *, now: datetime, by: str) -> Chart:
    """Read an organisation: who brings it may not be given a post by it.

    Raises:
        OrgError: one line for each thing that is wrong: file, line, column, key.

    """
    try:
        data = path.read_bytes()
    except OSError:
        message = f"{path.name}:1:1: the file is missing or cannot be read"
        raise OrgError((message,)) from None
    source = Source(path.name, columns=True)
    root = source.compose(data)
    reading = _Reading(source, now, by)
    if not source.faults:
        reading.root(root)
    if source.faults:
        raise OrgError(source.faults)
    return Chart(tuple(reading.units), tuple(reading.posts))


class _Reading:
    """An organisation half read."""

    def __init__(self, source: Source, now: datetime, by: str) -> None:
        self._source = source
        self._now = now
        self._by = by
        self._seen: set[str] = set()
        self.units: list[Unit] = []
        self.posts: list[Post] = []

    def root(self, node: yaml.Node | None) -> None:
        top = self._source.block(node, "", required=("version", "units"))
        top.integer("version", VERSION, low=VERSION, high=VERSION)
        self._units(top, None, 1)

    def _units(self, block: Block, within: str | None, depth: int) -> None:
        for number, node in enumerate(block.items("units")):
            self._unit(node, f"{block.path('units')}[{number}]", within, depth)

    def _unit(self, node: yaml.Node, path: str, within: str | None, depth: int) -> None:
        block = self._source.block(
            node, path, required=("unit", "kind"), optional=("posts", "units")
        )
        name, kind = self._name(block, "unit"), self._name(block, "kind")
        # An alias may lead back to where it stands: what was seen is not read again.
        if name in self._seen:
            block.fault("unit", "a unit stands in the file once")
            return
        if depth > MAX_DEPTH:
            block.fault("unit", f"units lie at most {MAX_DEPTH} deep")
            return
        self._seen.add(name)
        self.units.append(Unit(name, kind, within))
        for number, post in enumerate(block.items("posts")):
            self._post(post, f"{block.path('posts')}[{number}]", name)
        self._units(block, name, depth + 1)

    def _name(self, block: Block, key: str) -> str:
        name = block.text(key)
        if name and not NAME.fullmatch(name):
            block.fault(key, "small letters, digits, points and dashes; at most 64")
        return name

    def _post(self, node: yaml.Node, path: str, unit: str) -> None:
        block = self._source.block(node, path, required=("staff", "until"))
        staff, until = block.text("staff"), self._until(block)
        if len(staff) > MAX_STAFF:
            block.fault("staff", f"a name has at most {MAX_STAFF} characters")
        if staff and staff == self._by:
            block.fault("staff", "nobody gives themselves a post; another has to")
        if until is not None:
            self.posts.append(Post(staff, unit, until))

    def _until(self, block: Block) -> datetime | None:
        text = block.text("until")
        try:
            until = parse_iso(text) if text else None
        except ValueError:
            block.fault("until", 'write an instant, as in "2027-07-31T00:00:00Z"')
            return None
        if until is not None and until <= self._now:
            block.fault("until", "this instant has passed")
        return until
