"""What the publisher wrote: files become entries, sections and units. Knows nothing of vectors or questions."""
