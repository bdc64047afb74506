"""Cases that expect the old outcome are written anew, and nothing else is touched."""

from bundles import changed, shipped

from pdp.bundle.bundle import Bundle, from_texts
from pdp.review.accept import RewrittenCase, accepted
from pdp.review.cases import run

HIDDEN = changed("tables/data.json", '"contact": "last4"', '"contact": "drop"')
CASES = """about: two outcomes under one row

given:
  {given}

cases:
  - case: each sees the same
    each: {{kind: [service, customer]}}
    then: {{refused: [nothing.such]}}

  - case: written on two lines
    then: {{refused: [
      nothing.such]}}
"""
GIVEN = """purpose: support.case
  action: read
  roles: [support]
  kind: service
  from: eu
  assurance: 1
  collection: profile
  classes: [identity]
  reach: in_scope
  region: eu
  state: active
  minor: no
  retention: within
  hold: false
  basis: contract
  consent: unknown
  ugc: none"""


def with_files(bundle: Bundle, texts: dict[str, str]) -> Bundle:
    return from_texts({**bundle.texts, **texts})


def test_what_passes_is_left_alone() -> None:
    assert accepted(shipped(), run(shipped())) == ({}, [])


def test_after_accepting_every_case_passes_and_only_outcomes_differ() -> None:
    texts, said = accepted(HIDDEN, run(HIDDEN))
    after = with_files(HIDDEN, texts)
    assert run(after).passed
    assert len(said) > 5
    differing = [
        (before, now)
        for file in texts
        for before, now in zip(
            HIDDEN.texts[file].splitlines(), texts[file].splitlines(), strict=True
        )
        if before != now
    ]
    assert [(b.strip(), n.strip()) for b, n in differing] == sorted_like(said, texts)
    assert all(
        ("contact" in before and "contact" not in now) or "purpose.write" in now
        for before, now in differing
    )


def sorted_like(
    said: list[RewrittenCase], texts: dict[str, str]
) -> list[tuple[str, str]]:
    order = list(texts)
    lines = sorted(said, key=lambda each: (order.index(each.file), each.line))
    return [(each.before, each.after) for each in lines]


def test_what_cannot_be_written_for_sure_is_left_to_the_reader() -> None:
    path = "cases/two.yaml"
    bundle = with_files(shipped(), {path: CASES.format(given=GIVEN)})
    texts, said = accepted(bundle, run(bundle))
    assert texts == {}
    assert [(each.file, each.after) for each in said] == [(path, ""), (path, "")]
