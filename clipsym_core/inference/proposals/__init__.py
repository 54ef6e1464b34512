"""Candidates without a network: votes of all pixels and of key points."""
