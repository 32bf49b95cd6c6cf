"""Everything about a person, erased through HTTP: in the record, the index, the vault, and every file of theirs."""

import base64
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.domain.digests import digest
from gateway.domain.searches import ChunkWish, Match, Wish
from gateway.stores.chunksearch import SQLChunkSearch
from gateway.stores.connecting import parsed
from gateway.stores.leftovers import Leftovers
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.search import SQLSearch
from gateway.stores.texts import SQLTexts
from tests.journeys.house import APP_KEY, House, serving, sha256
from tests.journeys.upstream import Upstream, Whole, completion
from tests.stores.material import run
from tests.stores.searchable import searchable
from tests.waiting import until

JANE = "jane.doe"
LETTER = "The letter says that the left knee of this patient was operated in April and heals well since then."
QUESTION = "What does the letter say about the knee of my aunt?"
ANSWER = "It heals well, says the letter about the knee."
KEY = "lw-test-privacy"
ADMIN = {"authorization": f"Bearer {KEY}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def house(folder: Path, upstream_server: Upstream) -> Iterator[House]:
    bot = {"name": "bot", "key_sha256": sha256(APP_KEY), "tenant": "acme"}
    officer = {"name": "privacy", "key_sha256": sha256(KEY), "tenant": "acme", "roles": ["admin"]}
    vault = {"url": f"sqlite:///{folder}/vault.db", "keys": {"a": base64.b64encode(os.urandom(32)).decode()}}
    with serving(folder, upstream_server, applications=[bot, officer], vault=vault) as house:
        house.upstream.says = [Whole(completion(ANSWER))]
        yield house


def ask(house: House, user: str, document: dict) -> str:
    reply = house.http.post(
        "/v1/chat/completions",
        json={
            "model": "gpt",
            "user": user,
            "documents": [document],
            "messages": [{"role": "user", "content": QUESTION}],
        },
    )
    assert reply.status_code == 200, reply.text
    return reply.headers["x-lineward-response-id"]


def privacy(house: House, method: str, path: str, **more):
    return house.http.request(method, f"/api/v1{path}", headers=ADMIN, **more)


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.db*")))


def test_a_person_is_told_everything_and_then_forgotten(house: House, folder: Path):
    own = {"id": "letter-of-jane.md", "text": LETTER}
    terms = {"id": "terms.md", "text": "These are the terms that hold for everybody who is insured here, and for long."}
    theirs, others = ask(house, JANE, own), ask(house, "john", terms)
    ask(house, JANE, terms)
    told = privacy(house, "GET", f"/subjects/{JANE}").json()
    would = privacy(house, "POST", "/erasures", json={"subject": JANE, "dry_run": True}).json()
    before = privacy(house, "GET", f"/responses/{others}").json()
    found = documents(folder)
    held = privacy(house, "POST", "/holds", json={"kind": "response", "target": theirs, "reason": "case 17"}).json()
    refused = privacy(house, "POST", "/erasures", json={"subject": JANE})
    freed = privacy(house, "DELETE", f"/holds/{held['id']}")
    done = privacy(house, "POST", "/erasures", json={"subject": JANE})
    after = privacy(house, "GET", f"/responses/{others}").json()
    record = privacy(house, "GET", f"/responses/{theirs}").json()
    impact = privacy(house, "GET", "/documents/terms.md/impact").json()

    assert (told["total"], len(told["responses"])) == (2, 2)
    assert {one["record"]["answer"] for one in told["responses"]} == {ANSWER}
    assert any(LETTER in text["text"] for one in told["responses"] for text in one["prompt"]["texts"])
    assert (would["responses"], would["documents"], would["index"]) == (2, ["letter-of-jane.md"], None)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "legal_hold")
    assert "case 17" in refused.json()["error"]["message"]
    assert freed.status_code == 200
    assert done.status_code == 200, done.text
    assert (done.json()["responses"], done.json()["documents"]) == (2, ["letter-of-jane.md"])
    assert after == before
    assert (found, documents(folder)) == (["letter-of-jane.md"], [])
    assert (record["end_user"], record["answer"], record["question"]) == ("", "", "")
    assert impact["total"] == 2
    assert privacy(house, "GET", f"/subjects/{JANE}").json()["total"] == 0
    files = stored(folder)
    for gone in (JANE, "letter-of-jane.md", LETTER, digest(LETTER)[7:]):
        assert gone.encode() not in files
    assert bytes.fromhex(digest(LETTER)[7:]) not in files


def documents(folder: Path) -> list[str]:
    """Return the documents that have the letter's words; nobody's look at them is recorded."""
    with closing(SQLChunkSearch(f"sqlite:///{folder}/lineward.db")) as search:
        return [hit.document for hit in search.find(ChunkWish(LETTER[9:60], Match.PHRASE), "acme", limit=9).data]


def test_what_cannot_be_understood_is_refused(house: House):
    bodies = ({}, {"subject": "a", "document": "b"}, {"subject": "a", "dry_run": "yes"}, {"subject": 3})
    refused = [privacy(house, "POST", "/erasures", json=body).status_code for body in bodies]
    unheld = privacy(house, "POST", "/holds", json={"kind": "house", "target": "x"})
    nothing = privacy(house, "POST", "/erasures", json={"subject": "nobody-at-all"})

    assert refused == [400] * 4
    assert (unheld.status_code, unheld.json()["error"]["param"]) == (400, "kind")
    assert (nothing.status_code, nothing.json()["responses"], nothing.json()["index"]) == (200, 0, None)
    assert privacy(house, "DELETE", "/holds/none").status_code == 404


def test_old_texts_are_removed_by_the_gateway_itself(folder: Path, upstream_server: Upstream):
    url = f"sqlite:///{folder}/lineward.db"
    start, end = run(end_user="jane")
    old = [replace(event, at=datetime.now(UTC) - timedelta(days=40)) for event in (start, end)]
    with closing(open_store(url)) as store:
        new, ended = run(end_user="john", question="What was asked today?")
        store.append([*old, new, ended])
    with ExitStack() as stack:
        searchable(url, stack).catch_up()
        before = hits(stack, url, "May I, u-1, ask?")
    leftovers = Leftovers(url, default_masters(parsed(url)))
    with (
        serving(folder, upstream_server, store={"url": url, "retention": "30d"}),
        closing(SQLTexts(url)) as texts,
        closing(leftovers),
    ):
        wanted = [digest("May I, u-1, ask?"), digest("What was asked today?")]
        until(lambda: len(texts.kept("acme", wanted)) == 1 and not leftovers.due())
        found = texts.kept("acme", wanted)
    with closing(open_ledger(url)) as ledger:
        faults = [step for step in ledger.verify() if not isinstance(step, int)]

    with ExitStack() as stack:
        after = hits(stack, url, "May I, u-1, ask?"), hits(stack, url, "What was asked today?")

    assert [*found.values()] == ["What was asked today?"]
    assert faults == []
    assert (before, after) == ([start.run], ([], [new.run]))
    assert b"u-1, ask" not in stored(folder)


def hits(stack: ExitStack, url: str, text: str) -> list[str]:
    search = stack.enter_context(closing(SQLSearch(url)))
    return [hit.id for hit in search.find(Wish(text, Match.PHRASE), "acme", limit=9).data]
