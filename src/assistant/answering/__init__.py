"""From a question to verified quotes, or to silence with its reason."""
