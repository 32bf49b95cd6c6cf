"""Spans of applications: read as OTLP sends them, and what they tell kept for a while."""
