"""A cursor that counts what it is asked."""


class Counted:
    """Hands every statement to *cursor*, and counts it."""

    def __init__(self, cursor):
        self._cursor = cursor
        self.count = 0

    def execute(self, *given):
        self.count += 1
        return self._cursor.execute(*given)

    def __getattr__(self, name):
        return getattr(self._cursor, name)
