"""One reader's questions, on one connection and for one tenant or for all."""

from gateway.stores.connecting import Cursor, Row
from gateway.stores.queries import Queries, Query


class Asking:
    """Asks *queries* on *cursor*; *tenant* is `None` for all."""

    def __init__(self, queries: Queries, cursor: Cursor, tenant: str | None) -> None:
        self._queries = queries
        self.cursor = cursor
        self._tenant = tenant

    def __call__(self, query: Query, **values: object) -> list[Row]:
        """Return the rows of *query*, whose parameters are *values*."""
        statement = self._queries(query, tenant=self._tenant is not None)
        given = {**statement.usual, "tenant": self._tenant, **values}
        self.cursor.execute(statement.text, tuple(given[name] for name in statement.names))
        return self.cursor.fetchall()
