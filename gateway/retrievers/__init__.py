"""Retrievers: the ways to learn which chunks feed a prompt."""
