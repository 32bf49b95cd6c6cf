"""HTTP: the only package, beside `app`, that knows about it."""
