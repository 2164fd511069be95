"""The commands: what the command line runs. Each returns its exit code, and imports what it needs when it runs."""
