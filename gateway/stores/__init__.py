"""Stores: where the log lives."""
