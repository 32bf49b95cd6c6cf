"""Other systems that are told what the log tells."""
