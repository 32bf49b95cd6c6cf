"""Detectors: what stands in a text that policies speak about."""
