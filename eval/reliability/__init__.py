"""Reliability: programs that try to break what the service promises when much, or the worst, is sent to it."""
