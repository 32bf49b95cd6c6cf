"""Answers that are still arriving, judged before they leave.

A whole answer is a stream with one delta: there is no second way through here.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import TypeAlias, cast

from gateway.channels import Channel, Choice, without
from gateway.domain.chat import UNSIGNED, Delta, Dialect, Fragment, Part
from gateway.domain.decisions import HIDING, Decision, Effect
from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding, Where
from gateway.domain.json import JSON, Object, Path, replaced
from gateway.redaction import mask, refuse_denied, settled
from gateway.windows import Ready

Find: TypeAlias = Callable[[Sequence[str]], Awaitable[list[list[Finding]]]]
"""Finds in each of the texts; pieces of a stream do not come again, so it had better not remember them."""
Judge: TypeAlias = Callable[[Finding, Where, str], Decision]
"""Decides on one finding at a place such as `choices[0].message.content`; offsets count in the channel's whole text."""
Note: TypeAlias = Callable[[Finding, Where, str, Decision], None]
"""Takes down one finding and its decision before the text leaves or is refused; with offsets as for `Judge`."""
Write: TypeAlias = Callable[[Finding, Effect, str], str]
"""Returns what stands for a value that is hidden, as the effect wants it."""


def mask_all(finding: Finding, _: Effect, value: str) -> str:
    """Return a mask, whatever the effect."""
    return mask(finding, value)


_REPEATED = 256
"""How many different strings that are whole in themselves an answer is expected to repeat."""


async def guard(
    deltas: AsyncIterator[Delta],
    *,
    dialect: Dialect,
    find: Find,
    judge: Judge,
    note: Note,
    write: Write = mask_all,
    by_sentence: bool = False,
) -> AsyncGenerator[Delta, None]:
    """Yield *deltas*, which speak *dialect*, with nothing in them that was not judged.

    *write* says what stands for a value that is hidden, and *by_sentence* that *find* needs whole sentences. Each text
    comes as far as it can be judged for good. A delta that needs no change is passed on as the same object. Text is
    withheld while it could still become a finding, and comes out before its part of the answer finishes. Raises
    `PolicyViolation` for a finding that may not pass, before any further text leaves, and `GuardUnavailable` when
    something withheld does not end; closes *deltas* whatever happens. Under what was signed, and is masked now, there
    is `UNSIGNED` for a signature.
    """
    answer = _Answer(dialect, judge, note, write, by_sentence=by_sentence)
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

    def __init__(self, dialect: Dialect, judge: Judge, note: Note, write: Write, *, by_sentence: bool) -> None:
        self._write = write
        self._by_sentence = by_sentence
        self._dialect = dialect
        self._judge = judge
        self._note = note
        self._channels: dict[tuple[int, str], Channel] = {}
        self._heard: set[tuple[int, str]] = set()
        """The channels that have said something, whole or in part."""
        self._choices: dict[int, Choice] = {}
        self._unsigned: set[tuple[int, str]] = set()
        """The channels whose text is no longer what was signed."""
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
                whole.repeats = fragment.says_again(self._heard)
                whole.receive(fragment, delta)
                self._touched[whole] = fragment.path
                self._scans[whole] = True
            self._heard.add(fragment.channel)
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
            channel = Channel(fragment, self._dialect, by_sentence=self._by_sentence)
            self._channels[fragment.channel] = channel
            self._choices.setdefault(channel.index, Choice()).channels.append(channel)
        if channel in self._touched:
            self._doubled.append(self._touched[channel])
        channel.receive(fragment, delta)
        self._touched[channel] = fragment.path

    def _look_at(self, part: Part) -> None:
        """Find out which channels of the part have to be scanned."""
        known = self._choices.get(part.index)
        logprobs = part.raw.get("logprobs")
        if logprobs and not part.repeats:
            known = self._choices.setdefault(part.index, Choice())
            known.hold(logprobs)
        if known is None:
            return
        paused = known.turn(self._touched)
        signed = {(part.index, name) for name, _ in part.signatures}
        for channel in known.channels:
            last = part.over or channel is paused or channel.name in signed
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
                decided = self._decided(channel, ready)
                texts[channel] = self._hidden(channel, ready, decided)
                findings += [finding for finding, _ in decided]
                decisions += [decision for _, decision in decided]
            else:
                texts[channel] = channel.released(ready)
                if channel.is_whole and len(self._clean) < _REPEATED:
                    self._clean.add(ready.text)
        if findings:
            refuse_denied(findings, decisions)
        return texts

    def _decided(self, channel: Channel, ready: Ready) -> list[tuple[Finding, Decision]]:
        """Return the findings of *ready* without overlaps, each with its decision, and note them."""

        def judge(finding: Finding) -> Decision:
            return self._judge(finding.shifted(ready.start), channel.where, channel.place)

        decided = settled(ready.findings, judge)
        for finding, decision in decided:
            if not channel.repeats:
                self._note(finding.shifted(ready.start), channel.where, channel.place, decision)
        return decided

    def _hidden(self, channel: Channel, ready: Ready, decided: Sequence[tuple[Finding, Decision]]) -> str:
        effects = {finding: decision.effect for finding, decision in decided if decision.effect in HIDING}
        if effects and channel.is_signed:
            self._unsigned.add(channel.name)
        if effects and channel.index >= 0:
            self._choices.setdefault(channel.index, Choice()).is_masked = True
        return channel.released(
            ready, list(effects), lambda finding, value: self._write(finding, effects[finding], value)
        )

    def _rewritten(self, delta: Delta, texts: Mapping[Channel, str]) -> list[Delta]:
        """Return *delta* with the texts that may leave; nothing when it has none and says nothing else."""
        changes = self._logprobs()
        if self._unsigned:
            signed = {(part.index, name): path for part in self._present for name, path in part.signatures}
            changes |= {path: UNSIGNED for channel, path in signed.items() if channel in self._unsigned}
            self._unsigned -= signed.keys()  # what follows in the same place is another thought
        for path in self._doubled:
            changes[path] = ""
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
            known, arrived = self._choices.get(part.index), part.raw.get("logprobs")
            if known and part.repeats:
                known.waiting.clear()  # all of them are repeated
                logprobs = None if known.is_masked else arrived
            elif known and (known.waiting or arrived):
                logprobs = known.logprobs()
            else:
                continue
            if logprobs is not arrived and (arrived or logprobs):
                changes[part.path] = {**part.raw, "logprobs": without(arrived) if logprobs is None else logprobs}
        return changes
