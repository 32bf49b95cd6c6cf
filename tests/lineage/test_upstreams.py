from datetime import UTC, datetime

from gateway.domain.documents import Source
from gateway.domain.openlineage import Dataset, Flow, Part, Tag
from gateway.domain.upstream import Writing
from gateway.lineage.upstreams import DEEPEST, MOST, Walk, nodes


def at(hour, minute=0):
    return datetime(2026, 11, 20, hour, minute, tzinfo=UTC)


A, B, C, D = (Source("db", name) for name in "abcd")
JOB = Source("airflow", "job")


class Runs:
    """A graph of runs: `name: (when, inputs, outputs)`; tags by dataset, as they were from a time on."""

    def __init__(self, runs, tags=None, flows=None):
        self.runs = runs
        self.told = tags or {}
        self.flows = flows or {}

    def written(self, dataset, before):
        mine = sorted((when, run) for run, (when, _, outputs) in self.runs.items() if dataset in outputs)
        earlier = [one for one in mine if before is None or one[0] <= before]
        if earlier:
            return Writing(earlier[-1][1], JOB, earlier[-1][0])
        return Writing(mine[0][1], JOB, mine[0][0], True) if mine else None

    def datasets(self, run):
        _, inputs, outputs = self.runs[run]
        return [
            *(Dataset(one, Part.INPUT) for one in inputs),
            *(Dataset(one, Part.OUTPUT, flows=self.flows.get((run, one))) for one in outputs),
        ]

    def tags(self, dataset, when):
        known = [tags for since, tags in self.told.get(dataset, []) if when is None or since <= when]
        return known[-1] if known else ()

    def is_known(self, dataset):
        return True


def test_the_way_leads_from_run_to_run():
    graph = Runs({"r1": (at(1), [A], [B]), "r2": (at(2), [B], [C])})
    found = Walk(graph).upstream(C, at(3))

    assert [one.dataset for one in nodes([found])] == [C, B, A]
    assert (found.writing.run, found.inputs[0].writing.run, found.inputs[0].inputs[0].writing) == ("r2", "r1", None)


def test_the_last_run_before_the_ingest_counts_and_before_each_run_the_last_one_before_it():
    graph = Runs(
        {
            "monday": (at(1), [A], [B]),
            "tuesday": (at(4), [D], [B]),
            "read-monday": (at(2), [B], [C]),
            "read-tuesday": (at(5), [B], [C]),
        }
    )
    early, late = Walk(graph).upstream(C, at(3)), Walk(graph).upstream(C, at(6))

    assert [one.dataset for one in nodes([early])] == [C, B, A]
    assert [one.dataset for one in nodes([late])] == [C, B, D]
    assert not early.writing.assumed


def test_where_no_run_before_was_reported_the_first_one_after_is_assumed():
    graph = Runs({"r1": (at(4), [A], [C]), "r2": (at(5), [B], [C])})
    found = Walk(graph).upstream(C, at(1))

    assert (found.writing.run, found.writing.assumed) == ("r1", True)


def test_a_circle_ends_and_says_so():
    graph = Runs({"r1": (at(1), [B], [A]), "r2": (at(1), [A], [B])})
    found = Walk(graph).upstream(A, None)

    assert [one.cut for one in nodes([found])] == ["", "", "above"]


def test_a_run_that_reads_what_it_writes_does_not_lead_back_to_itself():
    found = Walk(Runs({"r1": (at(1), [A, B], [A])})).upstream(A, None)

    assert [one.dataset for one in nodes([found])] == [A, B]


def test_what_was_told_before_is_not_told_again():
    graph = Runs({"r1": (at(1), [A], [B]), "r2": (at(2), [B], [C, D]), "r3": (at(3), [C, D], [Source("db", "e")])})
    found = Walk(graph).upstream(Source("db", "e"), None)

    assert [one.cut for one in nodes([found])].count("above") == 1


def test_depth_and_number_are_bounded():
    chain = {f"r{n}": (at(1), [Source("db", str(n))], [Source("db", str(n + 1))]) for n in range(DEEPEST + 10)}
    deep = [*nodes([Walk(Runs(chain)).upstream(Source("db", str(DEEPEST + 10)), None)])]
    wide = Runs({"r": (at(1), [Source("in", str(n)) for n in range(MOST + 5)], [A])} | {
        f"w{n}": (at(0), [B], [Source("in", str(n))]) for n in range(MOST + 5)
    })  # fmt: skip
    many = [*nodes([Walk(wide).upstream(A, None)])]

    assert (deep[-1].cut, len(deep)) == ("deep", DEEPEST + 1)
    assert "many" in {one.cut for one in many}
    assert len(many) < 2 * MOST


def test_tags_of_then_and_of_now_reach_the_text():
    was, now = Tag("pii", "true"), Tag("classification", "confidential")
    graph = Runs({"r1": (at(2), [A], [C])}, tags={A: [(at(1), [was]), (at(9), [now])]})
    found = Walk(graph).upstream(C, at(3))

    assert found.inputs[0].tags == (was, now)


def test_a_columns_tag_reaches_the_text_only_by_the_columns_that_flow_and_are_not_masked():
    ssn, mail, name, whole = (
        Tag("pii", "1", "ssn"),
        Tag("pii", "1", "mail"),
        Tag("pii", "1", "name"),
        Tag("kind", "crm"),
    )
    flows = (Flow("body", A, "name"), Flow("body", A, "mail", masked=True))
    graph = Runs({"r1": (at(1), [A], [B])}, {A: [(at(0), [ssn, mail, name, whole])]}, {("r1", B): flows})

    assert Walk(graph).upstream(B, None).inputs[0].tags == (name, whole)


def test_columns_are_followed_over_several_runs():
    graph = Runs(
        {"r1": (at(1), [A], [B]), "r2": (at(2), [B], [C])},
        {A: [(at(0), [Tag("pii", "1", "ssn"), Tag("pii", "1", "name")])]},
        {
            ("r1", B): (Flow("label", A, "name"), Flow("number", A, "ssn")),
            ("r2", C): (Flow("body", B, "label"),),
        },
    )
    found = Walk(graph).upstream(C, None)

    assert found.inputs[0].inputs[0].tags == (Tag("pii", "1", "name"),)


def test_a_filter_lets_its_column_reach_everything():
    flows = (Flow("body", A, "name"), Flow("", A, "region"))
    graph = Runs({"r1": (at(1), [A], [B])}, {A: [(at(0), [Tag("x", "", "region")])]}, {("r1", B): flows})

    assert Walk(graph).upstream(B, None).inputs[0].tags == (Tag("x", "", "region"),)


def test_an_input_of_which_no_column_is_told_flows_whole():
    graph = Runs(
        {"r1": (at(1), [A, D], [B])}, {D: [(at(0), [Tag("pii", "1", "x")])]}, {("r1", B): (Flow("b", A, "n"),)}
    )

    assert [one.tags for one in Walk(graph).upstream(B, None).inputs] == [(), (Tag("pii", "1", "x"),)]
