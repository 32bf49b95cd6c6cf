"""Loaders: documents out of file formats."""
