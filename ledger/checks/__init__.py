"""The operator's checks: the whole ledger, its copies, its time stamps."""
