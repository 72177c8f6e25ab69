"""Posts remittances to the ledger and works denials until the provider is paid."""
