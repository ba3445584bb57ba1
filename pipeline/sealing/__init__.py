"""Who may read what: confinement of stages, the certificate of selection, the ledger of openings."""
