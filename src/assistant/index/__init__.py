"""The library made searchable: chunks, vectors, terms, and the snapshot that holds them."""
