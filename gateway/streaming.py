"""Answers that are still arriving, judged before they leave.

A whole answer is a stream with one delta: there is no second way through here.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import TypeAlias, cast

from gateway.channels import Channel, Choice
from gateway.domain.chat import Delta, Dialect, Fragment, Part
from gateway.domain.decisions import Decision
from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding, Where
from gateway.domain.json import JSON, Object, Path, replaced
from gateway.redaction import hidden, is_noted, refuse_denied
from gateway.windows import Ready

Find: TypeAlias = Callable[[Sequence[str]], Awaitable[list[list[Finding]]]]
"""Finds in each of the texts; pieces of a stream do not come again, so it had better not remember them."""
Judge: TypeAlias = Callable[[Finding, Where, str], Decision]
"""Decides on one finding at a place such as `choices[0].message.content`; offsets count in the channel's whole text."""
Note: TypeAlias = Callable[[Finding, Where, str, Decision], None]
"""Takes down one finding and its decision before the text leaves or is refused; with offsets as for `Judge`."""


_REPEATED = 256
"""How many different strings that are whole in themselves an answer is expected to repeat."""


async def guard(
    deltas: AsyncIterator[Delta], *, dialect: Dialect, find: Find, judge: Judge, note: Note
) -> AsyncGenerator[Delta, None]:
    """Yield *deltas*, which speak *dialect*, with nothing in them that was not judged.

    Each text comes as far as it can be judged for good. A delta that needs no change is passed on as the same object.
    Text is withheld while it could still become a finding, and comes out before its part of the answer finishes. Raises
    `PolicyViolation` for a finding that may not pass, before any further text leaves, and `GuardUnavailable` when
    something withheld does not end; closes *deltas* whatever happens.
    """
    answer = _Answer(dialect, judge, note)
    async with _closing(deltas):
        async for delta in deltas:
            # (1) Which texts has it made longer, and which are complete now?
            texts = answer.receive(delta)
            # (2) What is in them?
            found = await find(texts) if texts else []
            # (3) Send on what was judged, and keep back what could still become a finding.
            for judged in answer.release(found):
                yield judged
        # (4) Nothing follows: what is left is judged as it is.
        texts = answer.finish()
        found = await find(texts) if texts else []
        for judged in answer.release(found):
            yield judged


def _closing(deltas: AsyncIterator[Delta]) -> AbstractAsyncContextManager[object]:
    return aclosing(cast(AsyncGenerator[Delta, None], deltas)) if hasattr(deltas, "aclose") else nullcontext()


class _Answer:
    """What is known of an answer between its deltas. Each delta is received, then scanned, then released."""

    def __init__(self, dialect: Dialect, judge: Judge, note: Note) -> None:
        self._dialect = dialect
        self._judge = judge
        self._note = note
        self._channels: dict[tuple[int, str], Channel] = {}
        self._choices: dict[int, Choice] = {}
        self._clean: set[str] = set()
        """Strings without findings that are whole in themselves; providers repeat them in every delta."""
        self._delta: Delta | None = None
        self._present: Sequence[Part] = ()
        """Its parts."""
        self._touched: dict[Channel, Path] = {}
        """The channels that the present delta has made longer, and where in it."""
        self._doubled: list[Path] = []
        """Where else in it, should it bring one text in several pieces: they leave as one."""
        self._scans: dict[Channel, bool] = {}
        """The channels that have to be scanned now, and whether their text is complete."""

    def receive(self, delta: Delta) -> list[str]:
        """Take in *delta*; return the texts to scan."""
        self._delta, self._touched, self._doubled, self._scans = delta, {}, [], {}
        for fragment in self._dialect.fragments(delta):
            if fragment.grows:
                self._grow(fragment, delta)
            elif fragment.text not in self._clean:
                whole = Channel(fragment, self._dialect)
                whole.receive(fragment, delta)
                self._touched[whole] = fragment.path
                self._scans[whole] = True
        self._present = self._dialect.parts(delta)
        for part in self._present:
            self._look_at(part)
        return [channel.window.text for channel in self._scans]

    def finish(self) -> list[str]:
        """Take in that nothing follows; return the texts to scan."""
        self._delta, self._touched, self._doubled = None, {}, []
        self._scans = {channel: True for channel in self._channels.values() if channel.window.pending}
        return [channel.window.text for channel in self._scans]

    def _grow(self, fragment: Fragment, delta: Delta) -> None:
        channel = self._channels.get(fragment.channel)
        if channel is None:
            channel = self._channels[fragment.channel] = Channel(fragment, self._dialect)
            self._choices.setdefault(channel.index, Choice()).channels.append(channel)
        if channel in self._touched:
            self._doubled.append(self._touched[channel])
        channel.receive(fragment, delta)
        self._touched[channel] = fragment.path

    def _look_at(self, part: Part) -> None:
        """Find out which channels of the part have to be scanned."""
        known = self._choices.get(part.index)
        logprobs = part.raw.get("logprobs")
        if logprobs:
            known = self._choices.setdefault(part.index, Choice())
            known.hold(logprobs)
        if known is None:
            return
        paused = known.turn(self._touched)
        for channel in known.channels:
            last = part.over or channel is paused
            if (last or channel in self._touched) and channel.window.ripe(last=last):
                self._scans[channel] = last

    def release(self, found: Sequence[Sequence[Finding]]) -> list[Delta]:
        """Return what may leave, given the findings of the texts that were to scan; judge them first."""
        if len(found) != len(self._scans):
            raise GuardUnavailable("The detectors did not answer for every text.")
        scans = zip(self._scans.items(), found, strict=True)
        texts = self._judged([(channel, channel.window.take(each, last=last)) for (channel, last), each in scans])
        out = [channel.alone(text) for channel, text in texts.items() if text and channel not in self._touched]
        if self._delta is not None:
            out += self._rewritten(self._delta, texts)
        return out

    def _judged(self, readies: Sequence[tuple[Channel, Ready]]) -> dict[Channel, str]:
        """Return the text that each channel may release; raises `PolicyViolation` when one may not."""
        findings: list[Finding] = []
        decisions: list[Decision] = []
        texts: dict[Channel, str] = {}
        for channel, ready in readies:
            if ready.findings:
                here = [self._decided(channel, finding.shifted(ready.start)) for finding in ready.findings]
                texts[channel] = self._masked(channel, ready, here)
                findings += ready.findings
                decisions += here
            else:
                texts[channel] = channel.released(ready)
                if channel.is_whole and len(self._clean) < _REPEATED:
                    self._clean.add(ready.text)
        refuse_denied(findings, decisions)
        return texts

    def _decided(self, channel: Channel, finding: Finding) -> Decision:
        decision = self._judge(finding, channel.where, channel.place)
        if is_noted(decision) and not channel.repeats:
            self._note(finding, channel.where, channel.place, decision)
        return decision

    def _masked(self, channel: Channel, ready: Ready, decisions: Sequence[Decision]) -> str:
        hide = hidden(ready.findings, decisions)
        if hide and channel.index >= 0:
            self._choices.setdefault(channel.index, Choice()).is_masked = True
        return channel.released(ready, hide)

    def _rewritten(self, delta: Delta, texts: Mapping[Channel, str]) -> list[Delta]:
        """Return *delta* with the texts that may leave; nothing when it has none and says nothing else."""
        changes = self._logprobs()
        changes |= dict.fromkeys(self._doubled, "")
        for channel, path in self._touched.items():
            text = texts.get(channel, "")
            if text != channel.text:
                changes[path] = text
        if not changes:
            return [delta]
        raw = cast(Object, replaced(delta.raw, changes))
        speaks = any(map(texts.get, self._touched)) or not self._dialect.is_silent(raw)
        return [Delta(raw)] if speaks else []

    def _logprobs(self) -> dict[Path, JSON]:
        """Return the present parts whose log-probabilities have to be others than they arrived with."""
        changes: dict[Path, JSON] = {}
        for part in self._present:
            known = self._choices.get(part.index)
            if known and (known.waiting or part.raw.get("logprobs")):
                logprobs = known.logprobs()
                if logprobs is not part.raw.get("logprobs"):
                    changes[part.path] = {**part.raw, "logprobs": logprobs}
        return changes
