"""The record of every response: written once, durable, provable."""
