"""The CRM's own way to the data store: its tables, and nothing else there.

The fourth lock of the vault. The database itself keeps an allow-list: on this
connection a statement that so much as names a table without the prefix `crm_` is
refused while it is being prepared, whoever wrote it and however it is put together.
What the CRM knows of a customer it has been shown by the gate.
"""

import sqlite3
from typing import Final

from kit.db import connect
from kit.home import Home
from kit.sqlite import confine

PREFIX: Final = "crm_"


def open_crm(home: Home) -> sqlite3.Connection:
    """Open the data store, confined to the tables of the CRM, in autocommit mode.

    Schema, pragmas, views, attached files: refused with the rest. Tables are made by
    the migrations, which do not run here. The caller closes it.
    """
    connection = connect(home.vault_db)
    confine(connection, PREFIX)
    return connection
