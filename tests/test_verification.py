from rich.progress import Progress

from gateway.domain.records import Fault, StoreStats
from gateway.verification import verify_log


class Ledger:
    def stats(self) -> StoreStats:
        return StoreStats(3, 1, 0, 0, 0, 0, 0, [])

    def verify(self):
        yield from (1, Fault(1, "altered"), 3)


def test_faults_are_gathered_and_entries_counted():
    assert verify_log(Ledger(), Progress(disable=True)) == ([Fault(1, "altered")], 3)
