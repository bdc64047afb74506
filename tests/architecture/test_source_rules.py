"""Every rule holds for every file, and every rule is shown a file that breaks it."""

import re
from pathlib import Path

import pytest
from row_rules import (
    ROWS,
    a_drivers_errors_stay_with_it,
    a_row_is_taken_apart_by_names,
    an_insert_names_its_columns,
)
from source_rules import (
    CATCH_ALL,
    LOGGERS,
    MAX_LINES,
    MIN_LINES,
    PRIVATE_TABLES,
    ROOT,
    RULES,
    SMALL,
    Rule,
    Source,
    adapters_are_made_in_one_place,
    ciphers_have_one_home,
    databases_are_opened_by_the_kit,
    files_are_no_crumbs,
    files_are_read_in_one_sitting,
    files_begin_with_what_they_are,
    files_say_what_they_do,
    functions_fit_on_a_screen,
    imports_are_written_down,
    no_error_is_swallowed,
    nothing_is_left_to_do,
    only_the_commands_print,
    only_the_unit_of_work_commits,
    permits_are_minted_by_the_gate,
    private_tables_are_named_inside,
    product,
    programs_are_not_made_at_run_time,
    secrets_are_compared_in_constant_time,
    the_log_has_one_door,
    tickets_are_minted_where_it_is_decided,
)
from wall_rules import WALL, nothing_is_reached_into, the_vault_is_taken_from_by_name

from kit.schema import AUDIT, IDENTITY, VAULT
from server.house import tables as _every_table  # noqa: F401 - declares them

EVERY = (*RULES, *WALL, *ROWS)
NOTE = "TO" + "DO"  # spelled so that a search for the real ones finds none
PLANTED: dict[Rule, list[tuple[str, str]]] = {
    ciphers_have_one_home: [
        ("exports/x.py", "from cryptography.hazmat.primitives.ciphers import aead"),
        ("vault/x.py", "box = aead.AESGCM(key)"),
        ("vault/_internal/x.py", "ChaCha20Poly1305(key)"),
    ],
    permits_are_minted_by_the_gate: [
        ("vault/gate/evaluation.py", "from vault._internal.permit import issue"),
        ("vault/acceptance/resealing.py", "from vault._internal.permit import issue"),
        ("vault/x.py", "permit.issue_for_maintenance(records)"),
        ("vault/x.py", "permit.issue(records=all)"),
        ("vault/x.py", "Permit(b'', 'p', records, 9e9, permit._MINT)"),
        ("vault/x.py", "mint = permit.issue"),
    ],
    tickets_are_minted_where_it_is_decided: [
        ("vault/intake/intake.py", "from vault._internal.ticket import issue_ticket"),
        ("vault/x.py", "ticket.issue_ticket(people=all)"),
        ("vault/x.py", "WriteTicket(b'', q, a, people, {}, None, 'r', 'c', 9e9, mint)"),
        ("vault/x.py", "mint = ticket._TICKET_MINT"),
    ],
    only_the_unit_of_work_commits: [
        ("consent/x.py", "session.commit()"),
        ("vault/x.py", "raw(session).execute('COMMIT')"),
        ("server/x.py", "connection.rollback()"),
    ],
    private_tables_are_named_inside: [
        ("crm/x.py", "run('SELECT sealed FROM vault_record')"),
        ("vault/x.py", "run(f'DELETE FROM vault_opening WHERE {where}')"),
        ("server/x.py", "ALL = 'SELECT * FROM identity_customer'"),
        ("exports/x.py", "TABLE = 'audit_event'"),
    ],
    adapters_are_made_in_one_place: [
        ("vault/gate/x.py", "from vault._internal.x import SqliteRecords"),
        ("vault/x.py", "class SqliteThings: pass"),
        ("vault/open.py", "kek = FileKek.open(path)"),
    ],
    a_drivers_errors_stay_with_it: [
        ("vault/x.py", "try: f()\nexcept (OSError, sqlite3.IntegrityError): pass"),
        ("server/x.py", "from sqlalchemy.exc import DBAPIError"),
    ],
    an_insert_names_its_columns: [
        ("vault/_internal/sqlite/x.py", "run('INSERT INTO vault_birth VALUES (?, ?)')"),
        ("migrations/x.py", "op.execute('INSERT INTO pdp_x SELECT * FROM pdp_y')"),
    ],
    a_row_is_taken_apart_by_names: [
        ("ledger/sqlite/x.py", "return int(row[0])  # SELECT"),
        ("vault/_internal/sqlite/x.py", "count = run(sql).fetchone()[0]  # PRAGMA"),
        ("vault/_internal/sqlite/x.py", "count = run(sql).fetchall()[0][0]  # SELECT"),
        ("vault/_internal/sqlite/x.py", "return rows[0][1]  # SELECT"),
    ],
    imports_are_written_down: [
        ("crm/x.py", "import importlib"),
        ("crm/x.py", "from importlib import import_module"),
        ("crm/x.py", "__import__('vault._internal.data_store')"),
        ("crm/x.py", "import runpy"),
        ("crm/x.py", "f = __builtins__['__import__']"),
    ],
    programs_are_not_made_at_run_time: [
        ("crm/x.py", "exec('import vault._internal')"),
        ("pdp/x.py", "run = eval"),
    ],
    secrets_are_compared_in_constant_time: [
        ("vault/_internal/x.py", "if row.mac == mac: pass"),
        ("server/auth/tokens.py", "found.hash != _hash(text)"),
        ("vault/erasure/erasure.py", "order.secret_hash == hashed(secret)"),
        ("vault/x.py", "keys.commitment == header[20:]"),
    ],
    only_the_commands_print: [
        ("vault/x.py", "print(values)"),
        ("server/app.py", "pprint.pprint(settings)"),
    ],
    the_log_has_one_door: [
        ("vault/x.py", "import logging"),
        ("server/x.py", "from logging import getLogger"),
    ],
    databases_are_opened_by_the_kit: [
        ("vault/x.py", "sqlite3.connect(path)"),
        ("consent/x.py", "engine = create_engine(url)"),
    ],
    nothing_is_left_to_do: [("kit/x.py", f"# {NOTE}: check the owner")],
    no_error_is_swallowed: [
        ("vault/x.py", "try: f()\nexcept: pass"),
        ("vault/x.py", "try: f()\nexcept Exception: pass"),
        ("vault/x.py", "try: f()\nexcept (ValueError, BaseException): pass"),
    ],
    files_say_what_they_do: [
        ("vault/utils.py", ""),
        ("server/key_manager.py", ""),
        ("kit/_helpers.py", ""),
    ],
    files_are_read_in_one_sitting: [("kit/x.py", "x = 1\n" * (MAX_LINES + 1))],
    files_are_no_crumbs: [
        ("kit/x.py", "x = 1\n" * (MIN_LINES - 1)),
        ("vault/gate/masks.py", ""),
    ],
    functions_fit_on_a_screen: [
        ("kit/x.py", "def f():\n    " + '"""Say."""\n' + "    x = 1\n" * 51),
    ],
    files_begin_with_what_they_are: [("kit/x.py", "x = 1\n")],
    the_vault_is_taken_from_by_name: [
        ("crm/x.py", "import vault"),
        ("crm/x.py", "import vault as v"),
        ("crm/x.py", "import vault.gate.gate"),
        ("exports/x.py", "import kit.ids, vault.open"),
        ("crm/x.py", "from vault import *"),
        ("crm/x.py", "from vault import open"),
        ("crm/x.py", "from vault import Gate, open_vault"),
        ("crm/x.py", "from vault import gate"),
        ("exports/x.py", "from vault.container import Keyring"),
        ("exports/x.py", "from vault.gate.gate import Gate"),
        ("exports/x.py", "def late():\n    from vault.open import FileKek"),
        ("crm/x.py", "from server.house.wiring import open_vault"),
        ("crm/x.py", "from exports.subject_data import vault"),
        ("crm/x.py", "from pdp.x import IdentityStore as Store"),
    ],
    nothing_is_reached_into: [
        ("crm/x.py", "getattr(Gate, name)"),
        ("crm/x.py", "Gate.__init__.__globals__['Strongroom']"),
        ("crm/x.py", "gate._discloser"),
        ("crm/x.py", "match gate:\n    case Gate(_discloser=found): pass"),
        ("crm/x.py", "vars(gate)"),
        ("exports/x.py", "import sys as s\ns.modules['vault.open']"),
        ("exports/x.py", "from sys import modules"),
        ("exports/x.py", "from kit.ids import __loader__ as bring"),
        ("exports/x.py", "from operator import attrgetter"),
        ("exports/x.py", "import gc"),
        ("exports/x.py", "pickle.loads(given)"),
        ("exports/x.py", "run = inspect.getmodule"),
    ],
}


def test_the_whole_product_keeps_every_rule() -> None:
    broken = [
        f"{each.path}:{line} {rule.__name__}"
        for each in product()
        for rule in EVERY
        for line in sorted(set(rule(each)))
    ]
    assert broken == []


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.__name__)
def test_a_file_that_breaks_it_is_found_by(rule: Rule) -> None:
    for path, text in PLANTED[rule]:
        assert list(rule(Source(path, text))), (path, text)


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.__name__)
def test_the_attack_is_said_by(rule: Rule) -> None:
    assert len((rule.__doc__ or "").split()) > 8


def test_the_private_tables_are_all_that_there_are() -> None:
    declared = {
        name
        for metadata in (VAULT, IDENTITY, AUDIT)
        for name in metadata.tables
        if name.startswith(("vault_", "identity_", "audit_"))
    }
    assert set(PRIVATE_TABLES) == declared


@pytest.mark.parametrize(
    ("path", "what"),
    [
        *((path, "Exception") for path in CATCH_ALL),
        *((path, "logging") for path in LOGGERS),
    ],
)
def test_no_exception_from_a_rule_outlives_its_reason(path: str, what: str) -> None:
    assert what in (ROOT / path).read_text("utf-8")


@pytest.mark.parametrize("path", sorted(SMALL))
def test_no_file_is_called_small_that_has_grown(path: str) -> None:
    assert (ROOT / path).read_text("utf-8").count("\n") < MIN_LINES


def test_tests_are_no_package_or_they_would_shadow_the_source() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
    assert not list((ROOT / "sdk" / "tests").rglob("__init__.py"))


@pytest.mark.parametrize("name", ["run", "dev", "build"])
def test_a_lock_names_versions_and_hashes_and_no_place(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    assert _placeless(text)
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("==" in each and "--hash=sha256:" in each for each in entries)


@pytest.mark.parametrize(
    "line",
    [
        "--index-url something",
        "--extra-index-url something",
        "--find-links ./wheels",
        "thing @ https" + "://somewhere/thing.whl",
    ],
)
def test_a_place_in_a_lock_is_found(line: str) -> None:
    assert not _placeless(f"a==1 \\\n    --hash=sha256:00\n{line}\n")


def test_no_test_is_left_out_by_its_name() -> None:
    lost = [
        path.name
        for folder in ("tests", "sdk/tests")
        for path in Path(ROOT / folder).rglob("*.py")
        if "\ndef test_" in path.read_text("utf-8")
        and not path.name.startswith("test_")
    ]
    assert lost == []


def _placeless(text: str) -> bool:
    return "://" not in text and not any(
        line.startswith("-") for line in text.splitlines()
    )
