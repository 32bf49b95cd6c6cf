from pathlib import Path

from gateway.stores.opening import open_ledger, open_store
from tests.benchmarks.lineage import growth
from tests.benchmarks.lineage_filling import TENANT, Filling, run_id
from tests.benchmarks.lineage_questions import WHOLE


def test_what_is_filled_in_is_a_whole_log_that_is_the_same_every_time(tmp_path: Path) -> None:
    filling, roots = Filling(chunks=100, batch=40), []
    for name in ("one", "two"):
        url = f"sqlite:///{tmp_path}/{name}.db"
        store, ledger = open_store(url), open_ledger(url)

        done = [*filling.fill(store, 60), *filling.fill(store, 100, start=60)]

        roots.append([ledger.response(run_id(number), TENANT) for number in range(100)])
        assert done == [40, 60, 100]
        assert [step for step in ledger.verify() if not isinstance(step, int)] == []
        store.close()
        ledger.close()
    assert roots[0] == roots[1]
    assert {record.question for record in roots[0] if record} == {filling.question(number) for number in range(100)}
    assert all(record and (record.answer or record.error) and record.context for record in roots[0])


def test_every_question_finds_something_at_every_size(tmp_path: Path) -> None:
    measured = [*growth(f"sqlite:///{tmp_path}/store.db", Filling(chunks=200), [200, 400], [WHOLE])]

    assert [size for size, _ in measured] == [200, 400]
    for _, figures in measured:
        assert {"recorded", "impact of a usual document", "verify"} <= {figure.what for figure in figures}
        assert all(figure.value > 0 for figure in figures)
