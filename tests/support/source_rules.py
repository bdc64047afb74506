"""The rules that hold for every file of the product, each with the attack it stops.

A rule takes one file and gives the lines that break it. The docstring is the reason.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = (
    *("kit", "ledger", "consent", "pdp"),
    *("vault", "exports", "crm", "server"),
)
MAX_LINES: Final = 400
MIN_LINES: Final = 40
MAX_STEPS: Final = 50


@dataclass(frozen=True)
class Source:
    """One file of Python: where it lies under the root, and what it says."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def lies_in(self, *places: str) -> bool:
        return self.path.startswith(places)


Rule = Callable[[Source], Iterator[int]]


def product(root: Path = ROOT) -> Iterator[Source]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            yield Source(name, path.read_text("utf-8"))


def ciphers_have_one_home(source: Source) -> Iterator[int]:
    """A second place that encrypts is a second chance to reuse a nonce, to forget the
    AAD or the key commitment, and a place that no vector tests."""
    names = re.compile(r"AES(GCM|CCM|SIV|OCB3)|ChaCha|Fernet|ciphers|MultiFernet")
    if not source.lies_in("vault/_internal/aead.py"):
        yield from _named(source, names.search)


def permits_are_minted_by_the_gate(source: Source) -> Iterator[int]:
    """Whoever can mint a permit can read everything: the type lock would be open."""
    if source.lies_in("vault/_internal/permit.py", "vault/gate/gate.py"):
        return
    maintains = source.lies_in("vault/acceptance/resealing.py")
    mints = _MINTS if maintains else _MINTS | {"issue_for_maintenance"}
    yield from _minted(source, mints, "Permit")


def tickets_are_minted_where_it_is_decided(source: Source) -> Iterator[int]:
    """Whoever can mint a ticket can write about everybody, and nobody was asked."""
    if not source.lies_in("vault/_internal/ticket.py", "vault/writes/tickets.py"):
        yield from _minted(source, {"issue_ticket", "_TICKET_MINT"}, "WriteTicket")


def _minted(source: Source, mints: set[str], minted: str) -> Iterator[int]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute) and _last(node) in mints:
            yield node.lineno
        elif isinstance(node, ast.ImportFrom | ast.Import):
            if any(each.name in mints for each in node.names):
                yield node.lineno
        elif isinstance(node, ast.Call) and _last(node.func) == minted:
            yield node.lineno


def only_the_unit_of_work_commits(source: Source) -> Iterator[int]:
    """A commit in the middle tears record and ledger entry apart, or a withdrawal and
    its event; what is half-written stays when the rest fails."""
    if source.lies_in("kit/db.py"):
        return
    for node in ast.walk(source.tree):
        method = node.func if isinstance(node, ast.Call) else None
        if isinstance(method, ast.Attribute) and method.attr in _ENDS:
            yield _line(node)
    for line, text in _texts(source):
        if re.match(r"\s*(COMMIT|END TRANSACTION|ROLLBACK)\b", text):
            yield line


def private_tables_are_named_inside(source: Source) -> Iterator[int]:
    """A statement over sealed records that stands elsewhere walks around the gate: it
    asks no policy and leaves no trace in the access log."""
    if source.lies_in("vault/_internal/"):
        return
    for line, text in _texts(source, docstrings=False):
        if _TABLE.search(text):
            yield line


def adapters_are_made_in_one_place(source: Source) -> Iterator[int]:
    """Whoever names a database or a key file binds all above it to that one, and a
    second one has to be looked for in the whole house."""
    if source.lies_in(*ADAPTERS):
        return
    for node in ast.walk(source.tree):
        name = getattr(node, "name", None) or _last(node)
        if isinstance(name, str) and _ADAPTER.match(name):
            yield _line(node)


def imports_are_written_down(source: Source) -> Iterator[int]:
    """An import by a string is one that the import contracts do not see."""
    for node in ast.walk(source.tree):
        modules = _imported(node) - {"importlib.metadata"}
        named = isinstance(node, ast.Name | ast.Attribute) and _last(node) in _DYNAMIC
        if named or any(each.partition(".")[0] in _LOADERS for each in modules):
            yield _line(node)


def programs_are_not_made_at_run_time(source: Source) -> Iterator[int]:
    """What `exec` runs was read by no rule, no contract and no reviewer."""
    made = {"eval", "exec", "compile"}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and node.id in made:
            yield node.lineno


def secrets_are_compared_in_constant_time(source: Source) -> Iterator[int]:
    """`==` stops at the first byte that differs, and how long it took tells a caller
    how much of a MAC or token was guessed."""
    if not source.lies_in(
        "vault/", "server/auth/tokens.py", "server/http/admission.py"
    ):
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Compare):
            continue
        sides = (node.left, *node.comparators)
        if any(isinstance(side, ast.Constant) for side in sides):
            continue
        equal = any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
        if equal and any(_SECRET.search(_last(side)) for side in sides):
            yield node.lineno


def only_the_commands_print(source: Source) -> Iterator[int]:
    """What is printed lands in a log that nobody erases, without the closed list of
    fields that `kit.telemetry` keeps."""
    if source.lies_in("server/cli/", "server/demo/"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _last(node.func) in {"print", "pprint"}:
            yield node.lineno


def the_log_has_one_door(source: Source) -> Iterator[int]:
    """A logger of one's own formats its arguments, and with them a name or a key."""
    if source.lies_in("kit/telemetry.py", "server/cli/", *LOGGERS):
        return
    for node in ast.walk(source.tree):
        if "logging" in _imported(node):
            yield _line(node)


def databases_are_opened_by_the_kit(source: Source) -> Iterator[int]:
    """A connection made elsewhere has other pragmas: with `synchronous=NORMAL` deleted
    rows came back after a power cut, without `secure_delete` they never went."""
    if source.lies_in(
        "kit/db.py", "kit/readonly.py", "kit/scratch.py", "server/house/migrations.py"
    ):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            text = ast.unparse(node.func)
            if text in {"sqlite3.connect", "create_engine", "sqlalchemy.create_engine"}:
                yield node.lineno


def nothing_is_left_to_do(source: Source) -> Iterator[int]:
    """A note to oneself is a hole with a sign on it."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
            yield number


def no_error_is_swallowed(source: Source) -> Iterator[int]:
    """A handler that takes everything turns a broken lock into an open door. The few
    that must are listed in `CATCH_ALL`, each with its reason."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        if node.type is None:
            yield node.lineno
        elif _taken(node.type) & {"Exception", "BaseException"}:
            raises_again = any(
                isinstance(each, ast.Raise) and each.exc is None
                for each in ast.walk(node)
            )
            if not raises_again and source.path not in CATCH_ALL:
                yield node.lineno


def files_say_what_they_do(source: Source) -> Iterator[int]:
    """In a file called after nothing, anything may be hidden, and will be."""
    name = source.path.rpartition("/")[2].removesuffix(".py")
    if set(name.strip("_").split("_")) & _NAMELESS:
        yield 1


def files_are_read_in_one_sitting(source: Source) -> Iterator[int]:
    """A reviewer who cannot hold a file in mind does not see what is wrong with it."""
    lines = source.text.count("\n")
    if lines > MAX_LINES:
        yield lines


def files_are_no_crumbs(source: Source) -> Iterator[int]:
    """An answer that goes through a dozen crumbs is followed by nobody to its end. What
    is a package's face, or lies behind a port, may be small; so may `SMALL`."""
    name, lines = source.path.rpartition("/")[2], source.text.count("\n")
    if name == "__init__.py" or name.endswith(_SMALL_BY_KIND):
        return
    if "/sqlite/" in source.path:
        return
    if lines < MIN_LINES and source.path not in SMALL:
        yield lines


def functions_fit_on_a_screen(source: Source) -> Iterator[int]:
    """What one does not see at once is changed in one half. Counted is the body."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            last = body[-1].end_lineno if body else None
            if last is not None and last - body[0].lineno + 1 > MAX_STEPS:
                yield node.lineno


def files_begin_with_what_they_are(source: Source) -> Iterator[int]:
    """An invariant that is not written down is broken by the next change."""
    first = (ast.get_docstring(source.tree) or "").partition("\n")[0]
    if source.text.strip() and not first:
        yield 1


CATCH_ALL: Final = {
    "pdp/decision/decider.py": "engines of other languages raise what is no Exception",
    "pdp/engines/engine_child.py": "the parent must get a reply, whatever happened",
    "kit/ticker.py": "a thread that dies would tick no more; it is an alarm",
    "vault/audit/access_log.py": "those who wait for the log must hear of its failure",
    "server/http/errors.py": "the last door of the API: no message may leave as it is",
    "server/app.py": "the end of the house, of which the framework logs messages",
    "server/cli/program.py": "the last door of the commands, for the same reason",
}
LOGGERS: Final = {
    "vault/_internal/kek.py": "warns that a key file has no passphrase, by its name",
}
_SEVERAL: Final = "read in several rooms, and none of them is its own"
SMALL: Final = {
    **dict.fromkeys(
        ("kit/framing.py", "kit/ids.py", "kit/languages.py"),
        "one tool that knows nothing of customers",
    ),
    "kit/scratch.py": "databases are opened by the kit alone",
    "crm/database.py": "the CRM's store; its rooms are still to come",
    "ledger/stores.py": "the one module that makes the ledger's adapters",
    "pdp/bundle/findings.py": _SEVERAL,
    "pdp/bundle/judged.py": _SEVERAL,
    "pdp/change/history.py": "read where no home, and so no table, is opened",
    "server/faces/health_schemas.py": _SEVERAL,
    "server/house/resources.py": _SEVERAL,
    "server/ops/check.py": _SEVERAL,
    "vault/intake/lots.py": _SEVERAL,
}
PRIVATE_TABLES: Final = (
    *("vault_installation", "vault_customer_class"),
    *("vault_record_class", "vault_subject", "vault_record", "vault_part"),
    *(
        "vault_opening",
        "vault_chain",
        "vault_change",
        "vault_assignment",
        "vault_import_run",
        "vault_erasure",
    ),
    *("vault_order", "vault_lost_orders", "identity_order", "vault_verification"),
    *("vault_unit", "vault_unit_closure", "vault_post", "vault_placement"),
    *("vault_access_grant", "vault_hold", "vault_act", "vault_catalogue"),
    *("vault_removed", "vault_birth", "vault_imported"),
    *("identity_installation", "identity_epoch", "identity_secret", "identity_key"),
    *("identity_customer", "identity_index", "identity_fence"),
    *("identity_suppressed", "identity_tally", "identity_leaving"),
    *("audit_installation", "audit_event", "audit_page", "audit_mention"),
)
ADAPTERS: Final = (
    "vault/_internal/sqlite/",
    "vault/_internal/data_store.py",
    "vault/_internal/kek.py",
    "ledger/sqlite/",
    "ledger/stores.py",
    "server/auth/sqlite/",
    "server/house/wiring.py",
)
RULES: Final[tuple[Rule, ...]] = (
    ciphers_have_one_home,
    permits_are_minted_by_the_gate,
    tickets_are_minted_where_it_is_decided,
    only_the_unit_of_work_commits,
    private_tables_are_named_inside,
    adapters_are_made_in_one_place,
    imports_are_written_down,
    programs_are_not_made_at_run_time,
    secrets_are_compared_in_constant_time,
    only_the_commands_print,
    the_log_has_one_door,
    databases_are_opened_by_the_kit,
    nothing_is_left_to_do,
    no_error_is_swallowed,
    files_say_what_they_do,
    files_are_read_in_one_sitting,
    files_are_no_crumbs,
    functions_fit_on_a_screen,
    files_begin_with_what_they_are,
)

_SMALL_BY_KIND: Final = ("_rows.py", "tables.py")
_ENDS: Final = {"commit", "rollback"}
_MINTS: Final = {"issue", "_MINT"}
_TABLE: Final = re.compile(rf"\b(?:{'|'.join(PRIVATE_TABLES)})\b")
_ADAPTER: Final = re.compile(r"Sqlite[A-Z]|FileKek$")
_LOADERS: Final = {"importlib", "imp", "runpy", "pkgutil", "zipimport"}
_DYNAMIC: Final = {"import_module", "__import__", "__builtins__"}
_NAMELESS: Final = {
    *("utils", "util", "helpers", "helper", "common", "manager", "managers"),
    *("service", "misc", "stuff"),
}
_SECRET: Final = re.compile(r"(mac|hash|hashed|digest|secret|token|commitment|bind)$")


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _last(node: ast.AST) -> str:
    """Give the last name of an expression: `c` of `a.b.c`, of `c()`, of `c[0]`."""
    if isinstance(node, ast.Call):
        return _last(node.func)
    if isinstance(node, ast.Subscript):
        return _last(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _taken(caught: ast.expr) -> set[str]:
    each = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return {_last(one) for one in each}


def _imported(node: ast.AST) -> set[str]:
    """Name the modules that an import statement names; none for another node."""
    if isinstance(node, ast.Import):
        return {each.name for each in node.names}
    if isinstance(node, ast.ImportFrom):
        return {node.module or ""}
    return set()


def _named(source: Source, match: Callable[[str], object]) -> Iterator[int]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            found = match(_last(node))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            names = [module, *(each.name for each in node.names)]
            found = any(match(name) for name in names)
        else:
            continue
        if found:
            yield node.lineno


def _texts(source: Source, *, docstrings: bool = True) -> Iterator[tuple[int, str]]:
    """Give the string constants, with those of f-strings."""
    tree = source.tree
    skipped = set() if docstrings else {id(node) for node in _docstrings(tree)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in skipped:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, kinds) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr):
                yield first.value
