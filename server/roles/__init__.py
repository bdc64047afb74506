"""Programs beside the server: the auditor's, the witness's, the reader in bulk."""
