"""Search in what was asked and answered: the index tells which texts to read, and the texts what is meant.

What the index has not taken yet is looked through without it, the newest entries first, so that a response is found as
soon as it is recorded. Excerpts come from the content that is kept; what is not kept, or was erased, is not found.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from gateway.domain.errors import BadRequest
from gateway.domain.searches import Hit, Hits, Match, Place, Wish
from gateway.recognition.groups import Group, named
from gateway.recognition.likeness import ALIKE, Found, Wanted, excerpt
from gateway.recognition.meanings import F32, windows
from gateway.stores import segments, wishes
from gateway.stores.asides import Asked
from gateway.stores.candidates import Candidates
from gateway.stores.connecting import Cursor, Row, parsed
from gateway.stores.following import followed
from gateway.stores.indexing import APPLICATION, END_USER, LONGEST
from gateway.stores.leaves import leaf_hash
from gateway.stores.masters import Masters, default_masters
from gateway.stores.meanings import Meaning
from gateway.stores.packing import pack_time, plain
from gateway.stores.pool import Readers
from gateway.stores.queries import Asking
from gateway.stores.questions import NEWEST, Questions, place
from gateway.stores.sayings import Sayings
from gateway.stores.statements import Statements
from gateway.stores.telling import Told
from gateway.stores.texts import Texts
from gateway.stores.vectors import Near
from gateway.stores.wishes import AT_ONCE, PLACES

TAIL = 1_000
"""Entries behind the index that are looked through at most."""

READ = 192
"""Texts that are read to find the ones most like a text."""

SKEW = timedelta(minutes=10)
"""How much the clocks of processes that share a log may differ."""


class SQLSearch:
    """Searches the record at *url*, whose texts *masters* open, with the index at `segments.index_url`.

    Without a *meaning* nothing is looked for in other words.
    """

    def __init__(
        self, url: str, masters: Masters | None = None, meaning: Meaning | None = None, beside: Readers | None = None
    ) -> None:
        address, index = parsed(url), segments.index_url(url)
        segments.prepare_index(index)
        self._masters = masters or default_masters(address)
        self._meaning = meaning
        self._snapshot = Statements(address).snapshot.text
        self._sqlite = address.drivername == "sqlite"
        self._questions, self._index = Questions(url, beside), Readers(parsed(index))
        self._known: dict[int, segments.Segment] = {}

    def find(self, wish: Wish, tenant: str | None, *, limit: int, cursor: str = "") -> Hits:
        """Return one page of the responses of *tenant*, or of all, that *wish* wants.

        Raises `BadRequest` for what cannot be looked for, `LineageUnavailable`; `ContextUnavailable` when the embedder
        does not answer that has to tell a meaning.
        """
        before, shape = place(cursor), wishes.shape(wish)
        wanted = looked_for(wish.text)
        if wanted.text and wish.match is Match.MEANING:
            return self._meant(wish, shape, tenant, limit)
        with self._looking(wish, shape, tenant) as looking:
            found = _in_letters(looking, wish, wanted, limit, before)
        last = found.data or cursor or not wanted.text or wish.match is not Match.AUTO
        if last or self._meaning is None or not self._meaning.reads(wanted.text):
            return found
        return self._meant(wish, shape, tenant, limit)

    def close(self) -> None:
        """Close the connections."""
        self._questions.close()
        self._index.close()

    def _meant(self, wish: Wish, shape: wishes.Shape, tenant: str | None, limit: int) -> Hits:
        meaning, text = self._meaning, wish.text.strip()
        if meaning is None:
            raise BadRequest(
                "Nothing is searched by meaning here, since texts have no vectors. Search for a phrase or what is "
                "similar, or let whoever runs this gateway configure `search: {meaning: local}`; with an embedder "
                "that is another service, `any`.",
                param="match",
                code="meaning_off",
            )
        if not meaning.reads(text):
            raise BadRequest(
                "The model that compares meanings here does not read this script; search for a phrase or what is "
                "similar.",
                param="q",
                code="meaning_unreadable",
            )
        vector = meaning.vector(text)
        with self._looking(wish, shape, tenant) as looking:
            return looking.meant(meaning, vector, tenant, limit)

    @contextmanager
    def _looking(self, wish: Wish, shape: wishes.Shape, tenant: str | None) -> Iterator["_Looking"]:
        with self._questions.asking(tenant) as ask, self._index.borrow() as index:
            cursor = index.cursor()
            cursor.execute(self._snapshot)
            yield _Looking(wish, shape, ask, Texts(ask, self._masters), self._candidates(cursor, ask, tenant))
            cursor.execute("COMMIT")

    def _candidates(self, cursor: Cursor, ask: Asking, tenant: str | None) -> Candidates:
        index = Asked(cursor, sqlite=self._sqlite)
        indexed = followed(index, segments.NAME, partial(leaf_hash, ask))
        tail = [int(row[0]) for row in ask(wishes.tail, first=indexed, limit=TAIL)]
        known = segments.segments(index, tenant, self._known)
        return Candidates(index, known, tail, indexed)


@dataclass(frozen=True, slots=True)
class _Looking:
    """One search: *ask* asks the record, *candidates* the index."""

    wish: Wish
    shape: wishes.Shape
    ask: Asking
    texts: Texts
    candidates: Candidates

    def listed(self, limit: int, before: int) -> Hits:
        """Return a page of the responses that are wanted, whatever their texts."""
        if not self.names:
            rows = self.ask(wishes.questions(self.shape).page, before=before, limit=limit + 1, **self.values)
            told = [Told(row) for row in rows]
            cursor = str(told[limit - 1].seq) if len(told) > limit else ""
            return Hits([Hit.of(one.outline(self.texts)) for one in told[:limit]], cursor)
        return self._page(lambda told, entry: () if entry == told.seq else None, limit, before)

    def phrase(self, wanted: Wanted, limit: int, before: int) -> Hits:
        """Return a page of those in which *wanted* stands as it is."""

        def meant(told: Told, entry: int) -> Sequence[Place] | None:
            matches = [*self._places(told, wanted)]
            # Of a response whose question and answer both have it, the answer comes first, and is enough.
            newest = max((self._entry(told, match.where) for match in matches), default=-1)
            return matches if newest == entry else None

        return replace(self._page(meant, limit, before, wanted), method="phrase")

    def similar(self, wanted: Wanted, limit: int) -> Hits:
        """Return those that are most like *wanted*, the best first."""
        first, last = self._range()
        entries = self.candidates.most(wanted.likely, first, last, READ)
        near = {entry: found for some in self.sayings.some(entries) for entry, found in _likest(wanted, some)}
        hits: dict[str, Hit] = {}
        for told, _ in self._told(sorted(near, key=lambda entry: (-near[entry], -entry))):
            matches = [] if told.id in hits else self._alike(told, wanted)
            if matches:
                hits[told.id] = Hit.of(told.outline(self.texts), matches)
            if len(hits) == limit:
                break
        best = sorted(hits.values(), key=lambda hit: (-hit.matches[0].score, -hit.index))
        return Hits(best, method="similar", unsearched=self.unsearched)

    def meant(self, meaning: Meaning, vector: F32, tenant: str | None, limit: int) -> Hits:
        """Return those that say most nearly what *vector* means, the best first."""
        first, last = self._range()
        index = self.candidates.ask
        known = followed(index, meaning.name, partial(leaf_hash, self.ask))
        near = {one.entry: one for one in meaning.nearest(index, tenant, vector, first, min(known, last))}
        found: dict[str, tuple[Told, list[Place]]] = {}
        for told, entry in self._told(near):
            place = self._near(told, near[entry])
            if place and (told.id in found or len(found) < limit):
                found.setdefault(told.id, (told, []))[1].append(place)
            elif len(found) == limit:
                break  # what comes now is farther than all of them
        hits = [Hit.of(told.outline(self.texts), places) for told, places in found.values()]
        return Hits(hits, method="meaning", unsearched=int(self.ask(wishes.size)[0][0]) - known)

    @property
    def sayings(self) -> Sayings:
        """What the responses say that are wanted."""
        return Sayings(self.ask, self.texts, self.shape, self.values)

    @property
    def names(self) -> list[int]:
        """The numbers under which the index knows application and end user."""
        given = ((APPLICATION, self.wish.application), (END_USER, self.wish.end_user))
        return [named(kind, plain(name)) for kind, name in given if name]

    @property
    def values(self) -> dict[str, object]:
        """The values of the questions."""
        return wishes.values(self.wish)

    @property
    def unsearched(self) -> int:
        """How many entries are neither in the index nor were looked through."""
        tail = self.candidates.tail
        return max(0, tail[-1] - self.candidates.indexed) if len(tail) >= TAIL else 0

    def _page(self, meant: "Meant", limit: int, before: int, wanted: Wanted | None = None) -> Hits:
        first, last = self._range()
        groups = wanted.groups if wanted else ()
        entries = self.candidates.having([*groups, *map(Group, self.names)], first, min(before, last))
        if wanted:
            entries = self.sayings.having(wanted, entries)
        hits: list[Hit] = []
        at = before
        for told, entry in self._told(entries):
            matches = meant(told, entry)
            if matches is None:
                continue
            if len(hits) == limit:
                return Hits(hits, str(at), unsearched=self.unsearched)
            hits.append(Hit.of(told.outline(self.texts), matches))
            at = entry
        return Hits(hits, unsearched=self.unsearched)

    def _told(self, entries: Iterable[int]) -> Iterator[tuple[Told, int]]:
        """Yield what is told of the responses of *entries* that are wanted, with the entry, in the order of entries."""
        some, values, left = wishes.questions(self.shape).some, self.values, iter(entries)
        while part := [*islice(left, AT_ONCE)]:
            padded = part + part[-1:] * (AT_ONCE - len(part))
            rows = self.ask(some, **dict(zip(PLACES, padded, strict=True)), **values)
            found: dict[int, Row] = {int(row[-1]): row for row in rows}
            yield from ((Told(found[entry][:-1]), entry) for entry in part if entry in found)

    def _said(self, told: Told) -> Iterator[tuple[str, str]]:
        """Yield what was asked and answered, as far as it is kept."""
        for where, name in (("question", told.intent.question), ("answer", told.outcome.released)):
            text = self.texts.text(told.tenant, name) if name else None
            if text is not None:
                yield where, text[:LONGEST]

    def _places(self, told: Told, wanted: Wanted) -> Iterator[Place]:
        for where, text in self._said(told):
            place = standing(wanted, where, text)
            if place:
                yield place

    def _alike(self, told: Told, wanted: Wanted) -> Sequence[Place]:
        places = (alike(wanted, where, text) for where, text in self._said(told))
        return sorted(filter(None, places), key=lambda match: -match.score)

    def _near(self, told: Told, near: Near) -> Place | None:
        """Return the window of a kept text that is *near*; `None` when the text is not there any more."""
        where = "question" if near.entry == told.seq else "answer"
        text = dict(self._said(told)).get(where)
        spans = windows(text) if text else []
        if text is None or near.window >= len(spans):
            return None
        piece, highlights = excerpt(text, [spans[near.window]])
        return Place(where, "meaning", round(near.score, 3), piece, highlights)

    def _entry(self, told: Told, where: str) -> int:
        return int(told.seq if where == "question" or told.ending is None else told.ending)

    def _range(self) -> tuple[int, int]:
        """Return the first entry that may be wanted, and the first one behind them, by the times that are."""
        end = int(self.ask(wishes.size)[0][0])
        since, until = self.wish.since, self.wish.until
        first = self._at(since - SKEW, end) if since else 0
        # A response that began in time may end much later.
        return first, self._at(until + SKEW, end) if until and not self.wish.text.strip() else end

    def _at(self, moment: datetime, end: int) -> int:
        """Return the first entry of the log that was made at *moment* or later, if its times ascend."""
        low, high, wanted = 0, end, pack_time(moment)
        while low < high:
            middle = (low + high) // 2
            rows = self.ask(wishes.moment, index=middle)
            if rows and rows[0][0] < wanted:
                low = middle + 1
            else:
                high = middle
        return low


def _in_letters(looking: _Looking, wish: Wish, wanted: Wanted, limit: int, before: int) -> Hits:
    """Return what has the letters that are wanted, or most of them; without a text, what the rest wants."""
    if not wanted.text:
        return looking.listed(limit, before)
    if wish.match is Match.SIMILAR:
        return looking.similar(wanted, limit)
    found = looking.phrase(wanted, limit, before)
    if found.data or before < NEWEST or wish.match is Match.PHRASE:
        return found
    return looking.similar(wanted, limit)


def looked_for(text: str) -> Wanted:
    """Return *text* as it is looked for; nothing is, too. Raises `BadRequest` for what is too short."""
    wanted = Wanted(text.strip())
    if wanted.text and not wanted.buckets.size:
        raise BadRequest(
            "There is too little to look for: it takes three letters or digits, or one character of a script without "
            "spaces.",
            param="q",
        )
    return wanted


Meant = Callable[[Told, int], Sequence[Place] | None]
"""Tells why a response is meant at one of its entries, `None` if it is not."""


def _likest(wanted: Wanted, said: Iterable[tuple[int, str]]) -> Iterator[tuple[int, float]]:
    """Yield those entries whose texts, which they come with, are like *wanted*, and how much."""
    for entry, text in said:
        nearest = wanted.nearest(text)
        if nearest and nearest.score >= ALIKE:
            yield entry, nearest.score


def standing(wanted: Wanted, where: str, text: str) -> Place | None:
    """Return where *wanted* stands in *text* as it is."""
    places = wanted.places(text)
    method = "phrase" if any(place.whole for place in places) else "substring"
    return shown(where, method, text, places) if places else None


def alike(wanted: Wanted, where: str, text: str) -> Place | None:
    """Return what is most like *wanted* in *text*, if anything is like it."""
    nearest = wanted.nearest(text)
    return shown(where, "similar", text, [nearest]) if nearest and nearest.score >= ALIKE else None


def shown(where: str, method: str, text: str, places: Sequence[Found]) -> Place:
    """Return *places* in *text* with a piece of it."""
    piece, highlights = excerpt(text, [(place.start, place.end) for place in places])
    return Place(where, method, max(place.score for place in places), piece, highlights)
