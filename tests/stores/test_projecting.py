from gateway.domain.documents import ChunkState
from gateway.stores.additions import Additions
from gateway.stores.packing import pack_id, pack_time, pack_trace
from gateway.stores.projecting import PROJECTED, Projection
from gateway.stores.statements import table
from gateway.stores.tables import (
    LATER,
    BreachRow,
    EdgeRow,
    FindingRow,
    IngestionRow,
    LineageEdgeRow,
    OutcomeRow,
    ReportRow,
    ResponseRow,
)
from tests.domain.reported import KB, RUN, TABLE, dataset, dataset_event, run_event, tags
from tests.stores.material import (
    DROP,
    activated,
    breached,
    chunk,
    document,
    edges,
    ended,
    entering,
    ingested,
    reported,
    run,
    told,
)

SENT, DROPPED, RETRIEVED = 0, 1, 3
"""States of a chunk as edges have them: what is stored so means that for ever."""

RECOGNISED = 0
"""How it came there, likewise."""


def projected(event, numbers=(), seq=None, additions=None):
    projection = Projection()
    projection.add(event, 40, numbers, additions or Additions(), seq)
    return {model: rows for model, rows in projection.rows.items() if rows}


def test_an_intent_gives_a_response_its_edges_and_findings():
    start, _ = run(*edges(chunk()), *edges(chunk("b.md"), state=ChunkState.DROPPED, decision=DROP))
    rows = projected(start, [7, 9], 40)

    assert rows == {
        ResponseRow: [
            (40, pack_id(start.run), pack_time(start.at), "acme", "support-bot", "u-1", "gpt-4o-mini",
             pack_trace("4bf92f3577b34da6a3ce929d0e0e4736"))
        ],
        EdgeRow: [
            (40, 0, 7, SENT, RECOGNISED),
            (40, 1, 9, DROPPED, RECOGNISED),
        ],
        FindingRow: [(40, 0, "EMAIL_ADDRESS", "prompt", "patterns", "mask", "pii")],
    }  # fmt: skip


def test_an_outcome_ends_its_response():
    _, end = run()
    rows = projected(end, seq=12)

    assert rows[OutcomeRow] == [(12, 40, "COMPLETE", "masked", "")]
    assert rows[FindingRow][0][:4] == (40, 0, "EMAIL_ADDRESS", "response")


def test_an_outcome_without_response_ends_nothing():
    assert OutcomeRow not in projected(ended(run()[0]))


def test_what_was_told_later_gives_its_response_more_edges():
    start, _ = run()
    event = told(start, chunk("c.md"), chunk("d.md"))
    rows = projected(event, [7, 9], 12)

    assert rows == {
        EdgeRow: [
            (12, 40 * LATER, 7, RETRIEVED, RECOGNISED),
            (12, 40 * LATER + 1, 9, RETRIEVED, RECOGNISED),
        ]
    }
    assert projected(event, [7, 9]) == {}


def test_a_breach_gives_its_tenant_a_row():
    assert projected(breached(chunk())) == {BreachRow: [(40, "globex")]}


def test_an_ingest_makes_versions_current():
    event = ingested(entering(document("same.md"), outcome="unchanged"), entering(document()))
    rows = projected(event, [3])

    assert [row[:4] for row in rows[IngestionRow]] == [(40, 1, 3, "Page")]


def test_a_reported_run_gives_an_edge_to_each_of_its_datasets():
    told = run_event([dataset(TABLE, tags=tags(("pii", "true")))], [KB], at="1970-01-01T00:00:01Z")
    rows = projected(reported(told))

    assert rows == {
        ReportRow: [(40, "acme", pack_id(RUN), "airflow-prod", "kb_ingest.embed", "COMPLETE", True, 1_000_000)],
        LineageEdgeRow: [
            (40, 0, "acme", *TABLE, "input", pack_id(RUN), True, 1_000_000),
            (40, 1, "acme", *KB, "output", pack_id(RUN), False, 1_000_000),
        ],
    }


def test_what_is_reported_without_a_run_is_a_run_of_its_own():
    event = reported(dataset_event(TABLE))
    rows = projected(event)

    assert rows[ReportRow][0][2:7] == (pack_id(event.id), "", "", "", False)
    assert rows[LineageEdgeRow][0][5:7] == ("subject", pack_id(event.id))


def test_a_policy_in_charge_gives_no_rows():
    assert projected(activated()) == {}


def test_rows_have_the_width_of_their_tables():
    start, end = run()
    found = {**projected(start, [7], 40), **projected(end, seq=4), **projected(ingested(entering(document())), [3])}

    assert all(len(row) == len(table(model).c) for model, rows in found.items() for row in rows)


def test_parents_come_before_their_children():
    order = [table(model).name for model in PROJECTED]
    parents = {
        table(model).name: {key.column.table.name for key in table(model).foreign_keys} - {"event"}
        for model in PROJECTED
    }

    assert all(order.index(parent) < order.index(name) for name, above in parents.items() for parent in above)
