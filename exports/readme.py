"""README.txt of an export: what each file is, and how to check all of it."""

from typing import Final

PATH: Final = "README.txt"

TEXT: Final = """\
YOUR DATA

This archive holds what was kept about you when it was made, who read it and why,
what you allowed, and the proof of what you contributed. It is yours: keep it where
only you can read it, for nothing in it is encrypted.

Open index.html (index.zh.html) in a browser: it leads to all that is below, needs no
network, and runs nothing.

WHAT IS IN IT

index.html, pages/*.html  the same as pages to read; if they differ, the JSON is right
pictures/*                pictures that stand in your records, each as a file; of more
                          than 2,000, the others are texts, as they are in the JSON
registration.json         what you are registered with: region, whether you are under
                          age, and the date of birth from which that follows, if it is
                          kept
records/NAME.json         every record of one kind, one to a line, complete and exact
records/NAME.csv          the same as a table; where the two differ, the JSON is right
                          (a text, or a part of it after a ; or in a new line, that
                          a spreadsheet could run as a formula begins with a ' here)
records/NAME.undeclared.csv  what is kept in fields that are no longer in use, a line to
                          a field; it is there if there is any, and in the JSON such
                          fields stand under "undeclared"
records/NAME.schema.json  what the fields mean (JSON Schema), for which purposes the
                          records may be used and how long they are kept
contributions.json        what you contributed: its authorization status, each licence
                          with product, territory, start and end, and all you ever said
consents.json             where each purpose stands, all that you ever said about it,
                          and the texts that you were shown
consents/PURPOSE.json     the same of one purpose that rests on consent, as a signed
                          record (ISO/IEC TS 27560), to be shown to others; there is
                          one if the operator has said who the controller is
accesses.json             who asked for your data, when, for which purpose, which
                          fields, and how it was decided; this export is in it too
acts.json                 what was arranged about your data: who was let near it and
                          until when, what is kept as evidence or kept from use, by
                          staff or by you; by whom, and why
receipts/*.tlog-proof     one receipt for each entry about you in the public ledger
evidence/*.zip            of your contributions that an outside authority's time stamp
                          covers: the receipt with that time stamp, each to be kept and
                          shown by itself; EVIDENCE.txt in it says how to check it
chain.json                what opens those entries: your entries in order, with the
                          very text that was stamped
policy.txt                the public key of the ledger, for checking without a server
manifest.json             every file's SHA-256 digest, signed; the receipts' digests
                          stand in chain.json

In a records file, "withheld" counts records that exist and were not given to you, and
"refused" names the reasons; "damaged", if it is there, counts records that are not as
they were sealed, so that nothing of them could be given: ask the operator. A null
"content" in chain.json belongs to a version that is no longer kept, or to an earlier
export, which has it.

HOW TO CHECK IT

    allod verify export.zip --policy policy.txt
    allod verify receipts/FILE.tlog-proof --policy policy.txt
    allod verify consents/PURPOSE.json --policy policy.txt
    allod verify evidence/FILE.zip --policy policy.txt --tsa root.pem

No server is asked. Take policy.txt from somewhere else than this archive if you want
to be sure whose key it is: the ledger's operator publishes it. Any program that reads
C2SP tlog-proof files (https://c2sp.org/tlog-proof) can check the receipts.

If your policy asks for witnesses, the newest receipts may be called provisional: they
were made seconds before witnesses had seen them. Then fetch the proof that is named,
from the operator, at any time and without an account, and give it with --proof FILE.

A receipt can be shown to others: it proves that an entry was made and when, and says
neither who you are nor what you wrote. To prove what you wrote, show your line of
chain.json as well.

Receipts keep their worth when your account is erased. They cannot be made again then.
"""
