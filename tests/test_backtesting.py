from contextlib import closing
from dataclasses import replace

from gateway.backtesting import backtest
from gateway.domain.records import Span
from gateway.policy.loading import load, parse
from gateway.policy.replaying import Replay
from gateway.settings import shipped
from gateway.stores.activations import SQLActivations
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from gateway.stores.recorded import SQLRecorded
from tests.benchmarks.lineage_filling import Filling
from tests.recorded import chunk, recorded

KEEP = "- {id: keep, target: chunk, match: {chunk.classification: confidential}, effect: drop_chunk}"
NOTHING = "- {id: idle, target: request, match: {request.model: none}, effect: flag}"


def text(rule):
    return f"version: 1\nrules:\n{rule}\n"


def policies(rule):
    return parse({"p.yaml": text(rule)}).policies


class Record:
    """A record in memory, with pages of two."""

    def __init__(self, *responses):
        self.responses = responses
        self.read = 0

    def count(self, span):
        return len(self.responses)

    def pages(self, span):
        for at in range(0, len(self.responses), 2):
            self.read += 1
            yield self.responses[at : at + 2]


class Sets(dict):
    def files(self, digest):
        return self.get(digest)


IDLE, KEPT = policies(NOTHING), policies(KEEP)
SECRET = chunk(classification="confidential")


def test_each_response_is_compared_with_the_set_that_decided_it():
    sets = Sets({KEPT.digest: {"p.yaml": text(KEEP)}})
    record = Record(recorded(SECRET, policy=KEPT.digest), recorded(SECRET, policy=IDLE.digest))

    found = backtest(record, sets, IDLE, KEPT, Span())

    assert (found.changed, found.substituted) == (1, 0)
    assert found.baselines == {IDLE.digest: 1, KEPT.digest: 1}
    assert found.changes[0].id == record.responses[1].id


def test_the_active_set_stands_in_for_one_that_is_not_known_or_not_what_its_digest_says():
    sets = Sets({"sha256:altered": {"p.yaml": text(KEEP)}, "sha256:unreadable": {"p.yaml": "version: 9\n"}})
    digests = ("sha256:unknown", "sha256:altered", "sha256:unreadable")

    found = backtest(Record(*(recorded(SECRET, policy=one) for one in digests)), sets, IDLE, KEPT, Span())

    assert (found.substituted, found.changed, found.baselines) == (3, 3, {IDLE.digest: 3})


def test_no_more_than_asked_for_is_read_and_that_is_said():
    record, done = Record(*(recorded() for _ in range(9))), []

    found = backtest(record, Sets(), IDLE, KEPT, Span(), most=3, progress=done.append)

    assert (found.responses, found.complete, record.read) == (3, False, 2)
    assert sum(done) == 4
    assert backtest(record, Sets(), IDLE, KEPT, Span(), most=9).complete
    assert backtest(record, Sets(), IDLE, KEPT, Span()).complete


def test_of_a_whole_store_those_are_reported_that_two_sets_judge_otherwise_one_by_one(tmp_path):
    candidate = load(shipped() / "policies")
    active = replace(candidate, rules=tuple(one for one in candidate.rules if "confidential" not in one.id))
    url = f"sqlite:///{tmp_path}/lineage.db"
    with closing(open_store(url)) as store:
        filled = [*Filling(200).fill(store, 300)]
    with closing(Questions(url)) as questions:
        record = SQLRecorded(questions)
        found = backtest(record, SQLActivations(questions), active, candidate, Span(), keep=300)
        replays = [Replay(one) for page in record.pages(Span()) for one in page]

    def effects(replay, policies):
        judged = replay.judged(policies, replay.went)
        return [(subject, ruling.effect) for subject, ruling in judged.rulings.items()], judged.dropped, judged.refused

    otherwise = [one.recorded.id for one in replays if effects(one, active) != effects(one, candidate)]
    assert (found.judged, filled[-1]) == (300, 300)
    assert [one.id for one in found.changes] == otherwise
    assert 0 < len(otherwise) < 300
