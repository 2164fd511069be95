"""The doors: the same answer as JSON, over HTTP, and on a page."""
