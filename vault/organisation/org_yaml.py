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

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from kit.clock import parse_iso
from kit.errors import Invalid
from kit.yaml_shapes import MisshapenError, Shape, Text, shaped
from vault.organisation.organisation import NAME, Chart, Post, Unit

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


class _ChartReading(NamedTuple):
    """What a file is held to besides its shape."""

    now: datetime
    by: str
    seen: set[str]


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError("small letters, digits, points and dashes; at most 64")
    return text


def _new(text: str, info: ValidationInfo[_ChartReading]) -> str:
    if text in info.context.seen:
        raise ValueError("a unit stands in the file once")
    info.context.seen.add(text)
    return text


def _another(text: str, info: ValidationInfo[_ChartReading]) -> str:
    if text == info.context.by:
        raise ValueError("nobody gives themselves a post; another has to")
    return text


def _instant(value: object) -> object:
    try:
        return parse_iso(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError('write an instant, as in "2027-07-31T00:00:00Z"') from None


def _to_come(at: datetime, info: ValidationInfo[_ChartReading]) -> datetime:
    if at <= info.context.now:
        raise ValueError("this instant has passed")
    return at


def _shallow(units: list["_Unit"]) -> list["_Unit"]:
    level = units
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in each.units]
    if level:
        raise ValueError(
            f"units lie at most {MAX_DEPTH} deep; {level[0].unit} does not"
        )
    return units


_Name = Annotated[Text, AfterValidator(_name)]


class _Post(Shape):
    staff: Annotated[Text, Field(max_length=MAX_STAFF), AfterValidator(_another)]
    until: Annotated[datetime, BeforeValidator(_instant), AfterValidator(_to_come)]


class _Unit(Shape):
    unit: Annotated[_Name, AfterValidator(_new)]
    kind: _Name
    posts: list[_Post] = Field(default_factory=list, min_length=1)
    units: list["_Unit"] = Field(default_factory=list, min_length=1)


class _Organisation(Shape):
    version: Annotated[int, Field(ge=VERSION, le=VERSION)]
    units: Annotated[list[_Unit], Field(min_length=1), AfterValidator(_shallow)]


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
    try:
        found = shaped(data, _Organisation, context=_ChartReading(now, by, set()))
    except MisshapenError as error:
        raise OrgError(
            tuple(each.told(path.name, column=True) for each in error.faults)
        ) from None
    units = list(_flat(found.units, None))
    return Chart(tuple(unit for unit, _ in units), tuple(_posts(units)))


def _flat(units: list[_Unit], within: str | None) -> Iterator[tuple[Unit, _Unit]]:
    for each in units:
        yield Unit(each.unit, each.kind, within), each
        yield from _flat(each.units, each.unit)


def _posts(units: list[tuple[Unit, _Unit]]) -> Iterator[Post]:
    for unit, written in units:
        for each in written.posts:
            yield Post(each.staff, unit.name, each.until)
