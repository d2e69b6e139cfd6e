"""Writing together: changes, the authority that orders them, who wrote what, who is here."""
