"""Providers: those who answer."""
