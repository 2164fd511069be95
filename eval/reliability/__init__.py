"""Reliability: programs that try to break what the service promises, one module a subject, of any size."""
