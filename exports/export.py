"""One call, one archive: all that is held about a person, as a stream of bytes.

The export is stamped in the ledger before it is made, so that it holds its own
receipt. Then everything is read in an order in which what is written later proves
what was written before: records, what was said, receipts, chain, who read it. A
change made meanwhile may be in the later files and not in the earlier; each file is
true of the instant it was read at, and none lacks its proof.

If anything fails on the way, the stream breaks off before the manifest, and what
there is of it does not verify.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain as one_after_another
from typing import Any, Final

from exports import chain, manifest, pages, readme
from exports.archive import Archive
from exports.chain import (
    ChainEntry,
    Contents,
    ReceiptLines,
    evidence_path,
    export_content,
    receipt_path,
)
from exports.consent_documents import (
    ContributedRecord,
    consents_document,
    contributions,
)
from exports.formats import (
    collection_schema,
    csv_head,
    csv_rows,
    listing,
    readable,
    record_document,
    undeclared_head,
    undeclared_rows,
)
from exports.manifest import Listed, sign_manifest
from exports.pictures import picture_of
from exports.subject_data import Consents, OwnAccess, ReadingOutcome
from kit.clock import Clock, iso
from kit.db import Database
from ledger.formats.order_kinds import neither
from ledger.formats.signing import Signer
from ledger.formats.trust_policy import TrustPolicy
from ledger.log import Log
from ledger.ports import Stamp
from pdp.bundle.language import Languages
from pdp.decision.question import Kind
from vault import (
    Catalog,
    Collection,
    Disclosure,
    Principal,
    Question,
    Stamped,
    content_bytes,
)

PURPOSE: Final = "self.export"
ACTION: Final = "export"
ROLE: Final = "customer"
MAX_PICTURES: Final = 2_000
"""How many pictures become files: the manifest lists each, and is read up to 1 MiB."""
ROWS: Final = 200  # of a page, written at once

neither("export")


class Exports:
    """Makes archives for the people whom the data is about."""

    def __init__(
        self,
        *,
        database: Database,
        access: OwnAccess,
        catalog: Catalog,
        stamp: Stamp,
        log: Log,
        clock: Clock,
        languages: Callable[[], Languages],
    ) -> None:
        self._database = database
        self._access = access
        self._catalog = catalog
        self._stamp = stamp
        self._log = log
        self._clock = clock
        self._languages = languages

    def write(
        self, subject: bytes, *, asked_by: str = "customer", request: str = ""
    ) -> Iterator[bytes]:
        """Export a whole account; gives the zip's bytes as they are made.

        What goes wrong at the beginning is raised here, before the first byte.
        `asked_by` is what the access log will say; never in a unit of work.

        Raises:
            NotFound: there is no such customer.
            Unavailable: engine or access log cannot answer.

        """
        made_at = self._clock.now()
        with self._database.write() as session:
            self._stamp(
                session,
                subject=subject,
                kind=chain.EXPORT,
                content=export_content(made_at),
                record=None,
            )
        principal = Principal(Kind.CUSTOMER, asked_by, roles=(ROLE,), subject=subject)
        question = Question(principal, PURPOSE, action=ACTION, request=request)
        stream = _Export(
            *(subject, question, made_at, self._access, self._catalog, self._clock),
            languages=self._languages(),
        ).parts(self._log.policy, self._log.signer)
        return one_after_another([next(stream)], stream)


class _Tables:
    """The lines of one collection's tables, packed until they are written."""

    def __init__(self, collection: Collection, *, pictures: int) -> None:
        self._collection = collection
        self._most = pictures
        self.declared = [zlib.compress(csv_head(collection))]
        self.undeclared: list[bytes] = []
        self.shown = [zlib.compress(pages.collection_head(collection))]
        self.pictures: dict[str, bytes] = {}
        self.records = 0

    def add(self, page: Sequence[Disclosure]) -> None:
        """Write a page's lines."""
        self.records += len(page)
        self.declared.append(zlib.compress(csv_rows(self._collection, page)))
        rows = pages.collection_rows(self._collection, page, self._pictured(page))
        self.shown.append(zlib.compress(rows))
        rows = undeclared_rows(page)
        if rows:
            self.undeclared.append(zlib.compress(rows))

    def _pictured(self, page: Sequence[Disclosure]) -> dict[tuple[bytes, str], str]:
        """Keep a page's pictures for files of their own; gives which lies where."""
        found = {}
        for each in page:
            for name in self._collection.fields:
                picture = picture_of(each.values.get(name))
                if picture is not None and len(self.pictures) < self._most:
                    path = f"pictures/{each.record.hex()}-{name}.{picture.suffix}"
                    self.pictures[path] = picture.data
                    found[each.record, name] = path
        return found


@dataclass(slots=True)
class _Export:
    """One export under way, and what of it is needed until its end."""

    subject: bytes
    question: Question
    made_at: datetime
    access: OwnAccess
    catalog: Catalog
    clock: Clock
    languages: Languages
    contents: Contents = field(default_factory=Contents)
    contributed: list[ContributedRecord] = field(default_factory=list)
    pictures: int = 0
    files: list[Listed] = field(default_factory=list)
    counted: list[pages.Counted] = field(default_factory=list)
    archive: Archive = field(init=False)

    def __post_init__(self) -> None:
        self.archive = Archive(self.made_at)
        self.contents.add(chain.EXPORT, None, export_content(self.made_at))

    def parts(self, policy: TrustPolicy, signer: Signer) -> Iterator[bytes]:
        add = self._add
        yield from add(readme.PATH, [readme.TEXT.encode()])
        yield from add("policy.txt", [policy.encode().encode()])
        registration = self.access.registration(self.subject)
        yield from add("registration.json", [readable(registration)])
        for collection in self.catalog:
            yield from self._collection(collection)
        as_of = self.clock.now()
        consents = self.access.consents(self.subject)
        self._keep_said(consents)
        yield from add("consents.json", [readable(consents_document(consents, as_of))])
        for purpose, receipt in self.access.consent_receipts(consents).items():
            yield from add(f"consents/{purpose}.json", [readable(receipt)])
        acts = self.access.acts(self.subject)
        for act in acts:
            self.contents.add(act.kind, act.record, act.content)
        documents = (act.document() for act in acts)
        yield from add("acts.json", listing({"v": 1}, "acts", documents))
        receipts: dict[bytes, list[str]] = {}
        yield from self._chain(receipts)
        head = {"v": 1, "as_of": iso(as_of)}
        said = contributions(self.contributed, consents, receipts)
        yield from add("contributions.json", listing(head, "contributions", said))
        accesses = self.access.accesses(self.subject)
        yield from add("accesses.json", listing({"v": 1}, "accesses", accesses))
        yield from self._pages(consents, accesses)
        yield from self._manifest(signer)
        yield from self.archive.close()

    def _add(self, path: str, parts: Iterable[bytes]) -> Iterator[bytes]:
        """Write a file that the manifest lists."""
        self.files.append((yield from self.archive.add(path, parts)))

    def _collection(self, collection: Collection) -> Iterator[bytes]:
        name = f"records/{collection.name}"
        schema = readable(collection_schema(collection))
        yield from self._add(f"{name}.schema.json", [schema])
        # A zip holds one file after another, and both forms come of one reading: the
        # table waits, packed, until the other is written.
        tables = _Tables(collection, pictures=MAX_PICTURES - self.pictures)
        shown = ReadingOutcome()
        parts = listing(
            {"v": 1, "collection": collection.name, "schema": collection.schema},
            "records",
            self._records(collection, shown, tables),
            shown.document,
        )
        yield from self._add(f"{name}.json", parts)
        yield from self._add(f"{name}.csv", map(zlib.decompress, tables.declared))
        if tables.undeclared:
            table = one_after_another(
                [undeclared_head()], map(zlib.decompress, tables.undeclared)
            )
            yield from self._add(f"{name}.undeclared.csv", table)
        self.pictures += len(tables.pictures)
        for path, data in tables.pictures.items():
            yield from self._add(path, [data])
        page = one_after_another(map(zlib.decompress, tables.shown), [pages.end()])
        yield from self._add(pages.page_of(collection), page)
        self.counted.append(pages.Counted(collection, tables.records, shown))

    def _pages(
        self, consents: Consents, accesses: Sequence[dict[str, Any]]
    ) -> Iterator[bytes]:
        """Write what a person opens first, when all that it speaks of is known."""
        collections = [each.collection for each in self.counted]
        some = (accesses[at : at + ROWS] for at in range(0, len(accesses), ROWS))
        rows = (pages.access_rows(each, self.languages, collections) for each in some)
        parts = one_after_another([pages.access_head()], rows, [pages.end()])
        yield from self._add(pages.ACCESSES, parts)
        known = (self.counted, consents, len(accesses), self.languages)
        for lang, path in pages.PAGES.items():
            yield from self._add(path, [pages.index(lang, self.made_at, *known)])

    def _records(
        self, collection: Collection, shown: ReadingOutcome, tables: _Tables
    ) -> Iterator[dict[str, object]]:
        for page in self.access.records(self.question, collection.name, shown):
            tables.add(page)
            for disclosure in page:
                if collection.ugc:
                    self._keep_contribution(collection, disclosure)
                yield record_document(disclosure)

    def _keep_contribution(
        self, collection: Collection, disclosure: Disclosure
    ) -> None:
        record, version = disclosure.record, disclosure.version
        self.contributed.append(ContributedRecord(record, collection.name, version))
        kind = "contribution" if version == 1 else "contribution.updated"
        values = {**disclosure.values, **disclosure.undeclared}
        content = content_bytes(collection.name, disclosure.schema, values)
        self.contents.add(kind, record, content)

    def _keep_said(self, consents: Consents) -> None:
        for event in consents.history:
            self.contents.add("consent", None, event.content())
        for record, events in consents.said_of.items():
            for said in events:
                self.contents.add("authorization", record, said.content())

    def _chain(self, receipts: dict[bytes, list[str]]) -> Iterator[bytes]:
        """Write the receipts, then the chain that lists them."""
        lines, last = ReceiptLines(), 0
        for stamped, receipt in self.access.chain(self.subject):
            opening = stamped.opening
            path, last = receipt_path(opening), opening.link.seq
            data = receipt.encode().encode()
            lines.keep((yield from self.archive.add(path, [data])))
            evidence = self.access.evidence(stamped)
            if evidence is not None:
                yield from self._add(evidence_path(opening), [evidence])
            if opening.link.record is not None:
                receipts.setdefault(opening.link.record, []).append(path)
        entries = self.access.entries(self.subject, last)
        documents = (self._entry(*each) for each in zip(entries, lines, strict=True))
        yield from self._add(chain.PATH, listing({"v": 1}, "entries", documents))

    def _entry(self, stamped: Stamped, line: tuple[str, int]) -> dict[str, Any]:
        opening = stamped.opening
        return ChainEntry(
            index=stamped.index,
            opening=opening,
            content=self.contents.of(opening),
            receipt=Listed(receipt_path(opening), *line),
        ).document()

    def _manifest(self, signer: Signer) -> Iterator[bytes]:
        signed = sign_manifest(self.files, made_at=self.made_at, signer=signer)
        yield from self.archive.add(manifest.PATH, [signed])
