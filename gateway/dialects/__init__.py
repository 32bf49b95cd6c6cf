"""The APIs that callers speak: each one module, which knows where the texts of its requests and answers stand."""
