"""What `lineward verify` checks: the whole log, one response, a receipt, or a bundle that somebody handed over."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from rich.progress import Progress

from gateway.domain.errors import LineageUnavailable
from gateway.domain.records import Fault, TreeHead
from gateway.interfaces import Ledger
from gateway.lineage.anchoring import Anchors, compare
from gateway.lineage.bundles import Log, examine, gather, verify_sealed
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.merkle import consistent, includes, leaf_hash
from gateway.lineage.notes import VerifierKey, key_name
from gateway.lineage.proofs import consistency_proof, head_at, inclusion_proof
from gateway.lineage.receipts import Receipt

LISTED = 20
"""Entries that tell of erasures and are listed one by one at most; a person who has a lot takes many."""


class WholeLog(Log, Protocol):
    """The log, with what is asked of it as a whole."""

    def head(self) -> TreeHead:
        """Return what the log is now."""

    def erasures(self) -> Mapping[int, int]:
        """Return how many entries were redacted, by the entry that tells of it."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is wrong."""

    index: int | None
    """The entry at which it shows, where it has a place in the log."""
    problem: str


@dataclass(slots=True)
class Verdict:
    """What verification found."""

    subject: str
    """What was checked, and how."""
    checked: int
    """Entries."""
    faults: list[Flaw] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What is no fault, but should be known."""
    told: list[str] = field(default_factory=list)
    """What was found to be true."""


def verify_log(ledger: Ledger, progress: Progress, *, quick: bool = False) -> tuple[list[Fault], int]:
    """Return the faults of the log and how many entries were checked, moving *progress* along.

    A *quick* check looks at leaves and tree alone.
    """
    total = ledger.stats().events
    return _run(ledger.verify_quickly() if quick else ledger.verify(), progress, total)


def verify_whole(
    ledger: Ledger, log: WholeLog, progress: Progress, *, quick: bool = False, anchors: Anchors | None = None,
    trusted: Sequence[VerifierKey] = (),
) -> Verdict:  # fmt: skip
    """Return what is right and wrong with the whole log: entries, tree, signatures, and what *anchors* know of it.

    With *trusted* keys, the checkpoint must be signed by one of them.
    """
    faults, checked = verify_log(ledger, progress, quick=quick)
    how = (
        "quick: leaves, tree and newest checkpoint; not what the entries say" if quick else "full: every entry and row"
    )
    verdict = Verdict(f"the log ({how})", checked, [_flaw(fault) for fault in faults])
    _signed(verdict, log, trusted)
    verdict.told += _erasures(log.erasures())
    if anchors is not None:
        try:
            _anchored(verdict, log, anchors, trusted)
        except LineageUnavailable as exc:
            verdict.faults.append(Flaw(None, f"anchors cannot be compared with the log: {_problem(exc)}"))
    return verdict


def _anchored(verdict: Verdict, log: WholeLog, anchors: Anchors, trusted: Sequence[VerifierKey]) -> None:
    compared = 0
    for step in compare(anchors, log, log.head().size, [*trusted] or log.keys()):
        if isinstance(step, Fault):
            verdict.faults.append(_flaw(step))
        else:
            compared = step
    (verdict.told if compared else verdict.remarks).append(f"{compared} anchors were compared with the log")


def _erasures(counts: Mapping[int, int]) -> list[str]:
    """Return what is told of erasures, given how many entries each of the log's entries redacted."""
    if len(counts) > LISTED:
        first, last, total = min(counts), max(counts), sum(counts.values())
        return [f"{len(counts)} entries, from {first} to {last}, erased content: {total} entries redacted"]
    return [f"entry {index} erased content: {count} entries redacted" for index, count in counts.items()]


def verify_response(ledger: Ledger, log: Log, id: str, trusted: Sequence[VerifierKey] = ()) -> Verdict:
    """Return what is right and wrong with the record of response *id*. Raises `NotFound` if there is none."""
    bundle = gather(log, id, None)
    examination = examine(bundle, trusted)
    verdict = Verdict(f"response {id}", len(examination.entries), _unplaced(examination.problems), examination.remarks)
    steps = ledger.verify_entries([entry.index for entry, _ in bundle.entries])
    verdict.faults += [_flaw(step) for step in steps if isinstance(step, Fault)]
    if examination.checkpoint:
        verdict.told.append(f"it stands in the log of {examination.checkpoint.head.size:,} entries")
    if examination.key:
        verdict.told.append(f"whose checkpoint {key_name(str(examination.key))} signed")
    return verdict


def read_receipt(text: str) -> Receipt | None:
    """Return the receipt that *text* writes; `None` if it is something else."""
    try:
        return Receipt.parse(text)
    except ValueError:
        return None


def verify_receipt(log: Log, receipt: Receipt) -> Verdict:
    """Return whether the log still is the one that *receipt* was given for."""
    verdict = Verdict(f"receipt of entry {receipt.index}", 1)
    size, then = Checkpoint.parse(log.checkpoint().text).head.size, receipt.head
    if then.size > size:
        problem = f"the log has {size} entries, but had {then.size} when the receipt was given: its end was taken away"
        verdict.faults.append(Flaw(size, problem))
        return verdict
    hashed = leaf_hash(log.entry(receipt.index).leaf)
    now = head_at(log, size)
    if not includes(inclusion_proof(log, receipt.index, then.size), hashed, then.root):
        problem = "this entry is not in the log that the receipt was given for: the log is another"
        verdict.faults.append(Flaw(receipt.index, problem))
    elif not consistent(then.size, size, then.root, now.root, consistency_proof(log, then.size, size)):
        problem = "the log is not the one that the receipt was given for, grown"
        verdict.faults.append(Flaw(then.size - 1, problem))
    else:
        verdict.told.append(f"the log of {size:,} entries is the one that the receipt was given for, grown")
    return verdict


def verify_bundle(data: bytes, trusted: Sequence[VerifierKey] = (), progress: Progress | None = None) -> Verdict:
    """Return what is right and wrong with the evidence bundle *data*, without looking at anything else.

    *progress* moves along with its entries.
    """
    with progress or nullcontext():
        task = progress.add_task("verifying", total=None) if progress else None

        def step(done: int, of: int) -> None:
            if progress and task is not None:
                progress.update(task, completed=done, total=of)

        examination = verify_sealed(data, trusted, step)
    verdict = Verdict(f"the evidence bundle of {examination.kind} {examination.id}", len(examination.entries))
    verdict.faults += _unplaced(examination.problems)
    verdict.remarks += examination.remarks
    if examination.key and not trusted:
        verdict.remarks.append(f"compare its key with the one that its sender publishes: {examination.key}")
    if examination.checkpoint:
        head = examination.checkpoint.head
        verdict.told.append(f"checkpoint of {examination.checkpoint.origin}, {head.size:,} entries")
    return verdict


def _signed(verdict: Verdict, log: Log, trusted: Sequence[VerifierKey]) -> None:
    try:
        note, keys = log.checkpoint(), log.keys()
    except LineageUnavailable as exc:
        verdict.faults.append(Flaw(None, f"the newest checkpoint cannot be read: {_problem(exc)}"))
        return
    signer = next((key for key in trusted or keys if note.signed_by(key)), None)
    if signer is not None:
        verdict.told.append(f"signed by {signer}")
    elif trusted:
        verdict.faults.append(Flaw(None, "the newest checkpoint is not signed by a key that was given"))
    elif not note.signatures:
        verdict.remarks.append("unsigned as yet (log.signing_key_file): whoever can write the log can write it anew")


def _problem(failure: LineageUnavailable) -> str:
    """Return what *failure* says, without the advice to verify: that is being done."""
    return failure.message.removesuffix("; `lineward verify` tells more")


def _flaw(fault: Fault) -> Flaw:
    return Flaw(fault.index, fault.problem)


def _unplaced(problems: Sequence[str]) -> list[Flaw]:
    return [Flaw(None, problem) for problem in problems]


def _run(steps: Iterator[Fault | int], progress: Progress, total: int) -> tuple[list[Fault], int]:
    faults: list[Fault] = []
    checked = 0
    with progress:
        task = progress.add_task("verifying", total=total)
        for step in steps:
            if isinstance(step, Fault):
                faults.append(step)
            else:
                checked = step
                progress.update(task, completed=step)
    return faults, checked
