import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from bundles import POLICIES, shipped, without

from pdp.bundle.bundle import (
    MANIFEST,
    TABLES,
    BundleError,
    from_texts,
    install,
    installed,
    load,
)

UGC = "legal/ugc.rego"


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    folder = tmp_path / "seed"
    shutil.copytree(POLICIES, folder)
    return folder


def test_the_digest_is_what_a_shell_computes(seed: Path) -> None:
    command = "find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum"
    done = subprocess.run(
        ["sh", "-c", command], cwd=seed, capture_output=True, check=True, text=True
    )

    assert load(seed).digest == done.stdout.split()[0]


def test_every_byte_counts(seed: Path) -> None:
    before = load(seed).digest
    with (seed / "README.md").open("a") as file:
        file.write(" ")

    assert load(seed).digest != before


def test_a_bundle_gives_its_tables_modules_cases_and_tests() -> None:
    bundle = shipped()

    assert "marketing.email" in bundle.tables["purposes"]
    assert {"gate/gate.rego", "legal/consent.rego"} <= bundle.modules.keys()
    assert all(path.endswith(".yaml") for path in bundle.cases)
    assert all(path.endswith("_test.rego") for path in bundle.tests)
    assert "count" in bundle.builtins


def test_the_listing_shows_each_file_with_its_hash() -> None:
    listing = {entry["path"]: entry["sha256"] for entry in shipped().listing()}

    text = (POLICIES / "legal/consent.rego").read_bytes()
    assert listing["legal/consent.rego"] == hashlib.sha256(text).hexdigest()


def test_installing_copies_the_bundle_under_its_digest(
    seed: Path, tmp_path: Path
) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()

    digest = install(load(seed), policies)

    assert installed(policies, digest) == load(seed)
    assert [path.name for path in policies.iterdir()] == [digest]


def test_installing_twice_changes_nothing(seed: Path, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()

    assert install(load(seed), policies) == install(load(seed), policies)


def test_a_copy_that_was_cut_short_is_begun_again(seed: Path, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    half = policies / f".{load(seed).digest}.new"
    half.mkdir(parents=True)
    (half / "junk.rego").write_text("package junk")

    digest = install(load(seed), policies)

    assert installed(policies, digest).digest == digest


def test_an_installed_bundle_that_was_changed_is_refused(
    seed: Path, tmp_path: Path
) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    digest = install(load(seed), policies)
    with (policies / digest / "legal/ugc.rego").open("a") as file:
        file.write("\n")

    with pytest.raises(BundleError, match="pinned") as caught:
        installed(policies, digest)
    assert caught.value.fix
    with pytest.raises(BundleError, match="pinned"):
        install(load(seed), policies)


def test_a_bundle_that_is_not_installed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="folder of the bundle is missing"):
        installed(tmp_path, "0" * 64)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("tables/legal_tables.json", "must be called data.json"),
        ("legal/extra.rego", "not listed in the manifest"),
        ("legal/.consent.rego.swp", "no place in a bundle"),
        ("extra/data.json", "must be called data.json"),
        ("tests/helper.rego", "no place in a bundle"),
        ("legal/deep/extra.rego", "no place in a bundle"),
    ],
)
def test_a_file_too_many_is_refused_by_name(path: str, message: str) -> None:
    texts = {**shipped().texts, path: "package allod.legal.extra\n"}

    with pytest.raises(BundleError, match=message) as caught:
        from_texts(texts)
    assert path in caught.value.detail


@pytest.mark.parametrize("path", [".manifest", "capabilities.json", "tables/data.json"])
def test_a_needed_file_that_is_absent_is_refused_by_name(path: str) -> None:
    with pytest.raises(BundleError, match=f"{path} is missing"):
        from_texts(without(path))


def test_a_file_that_declares_another_package_is_refused() -> None:
    texts = {**shipped().texts, "legal/ugc.rego": "package allod.legal.consent\n"}

    with pytest.raises(BundleError, match=r"declare package allod\.legal\.ugc"):
        from_texts(texts)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"purposes": {}, "purposes": {}}'])
def test_tables_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(BundleError, match=r"tables/data\.json"):
        from_texts({**shipped().texts, "tables/data.json": text})


def test_a_table_that_is_empty_is_refused_by_name() -> None:
    tables = {**shipped().tables, "masks": {}}

    with pytest.raises(BundleError, match="no table masks"):
        from_texts({**shipped().texts, "tables/data.json": json.dumps(tables)})


def test_a_bundle_for_another_version_of_the_question_is_refused() -> None:
    manifest = json.loads(shipped().texts[".manifest"])
    manifest["metadata"]["question_versions"] = [2]

    with pytest.raises(BundleError, match="question version 1"):
        from_texts({**shipped().texts, ".manifest": json.dumps(manifest)})


def test_a_manifest_without_packages_is_refused() -> None:
    with pytest.raises(BundleError, match="lists no packages"):
        from_texts({**shipped().texts, ".manifest": '{"roots": ["tables", "allod"]}'})


def test_a_link_in_the_folder_is_refused(seed: Path) -> None:
    (seed / "legal/ugc.rego").unlink()
    (seed / "legal/ugc.rego").symlink_to(seed / "legal/consent.rego")

    with pytest.raises(BundleError, match="not a plain file"):
        load(seed)


def test_a_file_that_is_not_text_is_refused(seed: Path) -> None:
    (seed / "legal/ugc.rego").write_bytes(b"\xff\xfe")

    with pytest.raises(BundleError, match="UTF-8"):
        load(seed)


@pytest.mark.parametrize(
    ("path", "old", "new", "place", "remedy"),
    [
        (TABLES, '"purposes": {', '"purposes": ', (3, 18), "a bracket too many"),
        (TABLES, '"channel": "self",', '"title": "twice",', (6, 7), "there twice"),
        (TABLES, '"mask_order": [', '"mask_ordre": [', (1, 1), "table mask_order"),
        (
            UGC,
            "package allod.legal.ugc",
            "package allod.ugc",
            (9, 9),
            "allod.legal.ugc",
        ),
        (MANIFEST, "legal/ugc.rego", "legal/ugcs.rego", (22, 7), "restore the file"),
        (MANIFEST, '"question_versions": [1]', '"question_versions": [2]', (6, 26), ""),
        (MANIFEST, '"aggregate", "write"]', '"aggregate", "burn"]', (7, 16), ""),
        (MANIFEST, '"actions": ["read", ', '"actions": [', (7, 16), ""),
        (MANIFEST, '"actions": [', '"actions": 7, "was": [', (7, 16), ""),
        ("capabilities.json", "[", "", (3, 36), "just before it"),
    ],
)
def test_what_is_not_whole_is_told_with_file_line_column_and_remedy(
    path: str, old: str, new: str, place: tuple[int, int], remedy: str
) -> None:
    text = shipped().texts[path].replace(old, new, 1)

    with pytest.raises(BundleError) as caught:
        from_texts({**shipped().texts, path: text})

    error = caught.value
    assert (error.file, error.line, error.column) == (path, *place)
    assert f"{path}:{place[0]}:{place[1]}: " in error.detail
    assert remedy in error.fix
