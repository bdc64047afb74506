"""The sample data: made by its script, byte for byte, and of nobody."""

import csv
import json
import re
from pathlib import Path

from server.house import sample
from server.house.resources import seed


def test_the_files_that_ship_are_those_that_the_script_makes(tmp_path: Path) -> None:
    sample.write(tmp_path)
    for name in ("purchases.csv", "profiles.jsonl"):
        assert (tmp_path / name).read_bytes() == seed(name).read_bytes()


def test_the_purchases_are_of_three_hundred_customers() -> None:
    with seed("purchases.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["customer_id"] for row in rows}) == sample.CUSTOMERS
    assert 1_200 < len(rows) < 1_800


def test_nobody_can_be_reached_at_an_address_of_the_sample() -> None:
    for line in seed("profiles.jsonl").read_text(encoding="utf-8").splitlines():
        profile = json.loads(line)
        assert profile["email"].endswith("@example.org")
        assert re.fullmatch(r"\+44 7700 900\d{3}", profile["phone"])
        assert re.fullmatch(r"Customer \d{5}", profile["name"])


def test_a_few_dozen_ideas_ship_in_two_languages() -> None:
    lines = seed("ideas.jsonl").read_text(encoding="utf-8").splitlines()
    ideas = [json.loads(line) for line in lines]
    languages = [idea["language"] for idea in ideas]
    assert len(ideas) >= 24
    assert min(languages.count("zh"), languages.count("en")) >= 12
    for idea in ideas:
        chinese = re.search("[\u4e00-\u9fff]", idea["text"]) is not None
        assert chinese == (idea["language"] == "zh")
