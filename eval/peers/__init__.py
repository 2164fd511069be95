"""Peers: the search beside what one would use instead, each in an environment of its own."""
