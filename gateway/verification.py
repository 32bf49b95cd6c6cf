"""The whole log, checked with a progress bar."""

from rich.progress import Progress

from gateway.domain.records import Fault
from gateway.interfaces import Ledger


def verify_log(ledger: Ledger, progress: Progress) -> tuple[list[Fault], int]:
    """Return the faults of the log and how many entries were checked, moving *progress* along."""
    faults: list[Fault] = []
    checked = 0
    with progress:
        task = progress.add_task("verifying", total=ledger.stats().events)
        for step in ledger.verify():
            if isinstance(step, Fault):
                faults.append(step)
            else:
                checked = step
                progress.update(task, completed=step)
    return faults, checked
