"""Publishing the ledger while the server runs: sign what is committed, in a rhythm.

Entries become provable, and reach the mirror, with the next checkpoint. Nothing is
signed when nothing was added. A failure is raised as an alarm and tried again: what is
committed stays committed, and proofs up to the last checkpoint go on being served.
"""

import asyncio
import sqlite3
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from kit import telemetry
from kit.errors import AllodError
from ledger.log import Log


async def publish_regularly(log: Log, every: timedelta) -> None:
    """Publish after each interval, until cancelled."""
    while True:
        await asyncio.sleep(every.total_seconds())
        await publish_once(log)


async def publish_once(log: Log) -> None:
    """Publish, and raise an alarm where that fails."""
    try:
        await asyncio.to_thread(log.publish)
    except (AllodError, OSError, sqlite3.Error, SQLAlchemyError) as error:
        code = error.reason_code if isinstance(error, AllodError) else "internal"
        telemetry.alarm("the ledger could not be published", code=code)
