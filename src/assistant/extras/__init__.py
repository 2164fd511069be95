"""Extras: thin bridges to retrieval libraries, each with a package that only its own users install."""
