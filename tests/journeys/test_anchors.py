"""Anchors in an object store: the real s3fs, and moto as a server of its own in S3's place."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path

import boto3
import httpx
import pytest

from tests.journeys.house import APP_KEY
from tests.journeys.process import run, running
from tests.journeys.test_crash import free_port
from tests.journeys.upstream import Upstream, Whole, completion
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass
class Bucket:
    """Where the anchors are, seen by somebody else's client."""

    s3: object

    def names(self) -> list[str]:
        found = self.s3.list_objects_v2(Bucket="evidence", Prefix="lineward/").get("Contents", [])
        return [one["Key"] for one in found]

    def read(self, name: str) -> bytes:
        return self.s3.get_object(Bucket="evidence", Key=name)["Body"].read()

    def put(self, name: str, body: bytes) -> None:
        self.s3.put_object(Bucket="evidence", Key=name, Body=body)


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket, and an environment in which AWS's own variables lead to it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (tmp_path / "moto.log").open("wb") as said:
        server = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        until(lambda: listens(url))
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield Bucket(s3)
        s3.close()
    finally:
        server.terminate()
        server.wait(30)


def anchored(folder: Path, upstream: Upstream, port: int) -> AbstractContextManager[object]:
    """A running gateway that anchors its log in the bucket."""
    log = {
        "signing_key_file": f"{folder}/log.key", "anchor": {"url": "s3://evidence/lineward", "every": "100ms"}
    }  # fmt: skip
    return running(folder, upstream.url, port, {"log": log})


def listens(url: str) -> bool:
    try:
        return httpx.get(url).status_code < 500
    except httpx.TransportError:
        return False


def ask(port: int) -> None:
    body = {"model": "gpt", "messages": [{"role": "user", "content": "Is it?"}]}
    headers = {"authorization": f"Bearer {APP_KEY}"}
    reply = httpx.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=body, headers=headers, timeout=30)
    assert reply.status_code == 200, reply.text


def evidence(port: int) -> dict:
    return httpx.get(f"http://127.0.0.1:{port}/readyz").json()["evidence"]["anchors"]


def test_a_log_is_anchored_in_a_bucket_and_what_was_taken_from_it_is_found(
    bucket: Bucket, tmp_path: Path, upstream_server: Upstream
) -> None:
    upstream_server.says = [Whole(completion("Yes."))]
    port = free_port()
    with anchored(tmp_path, upstream_server, port):
        ask(port)
        until(bucket.names)
    first = len(bucket.names())
    with (
        closing(sqlite3.connect(tmp_path / "lineward.db")) as source,
        closing(sqlite3.connect(tmp_path / "yesterday.db")) as copy,
    ):
        source.backup(copy)
    with anchored(tmp_path, upstream_server, port):
        ask(port)
        until(lambda: len(bucket.names()) > first)
        told = evidence(port)
    whole = run(tmp_path, "verify")

    assert told["url"] == "s3://evidence/lineward"
    assert "problem" not in told
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert f"{len(bucket.names())} anchors were compared with the log" in " ".join(whole.stdout.split())

    newest = bucket.names()[-1]
    note = bucket.read(newest)
    bucket.put(newest, note.replace(b"\n", b"0\n", 1))
    altered = run(tmp_path, "verify")
    bucket.put(newest, note)

    assert altered.returncode == 1
    assert newest.rpartition("/")[2] in "".join(altered.stdout.split())

    for suffix in ("-wal", "-shm"):
        (tmp_path / f"lineward.db{suffix}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "yesterday.db", tmp_path / "lineward.db")
    older = run(tmp_path, "verify")

    assert older.returncode == 1
    assert "its end was taken away" in " ".join(older.stdout.split())


def test_while_the_bucket_is_away_answers_go_on_and_readiness_says_so(
    bucket: Bucket, tmp_path: Path, upstream_server: Upstream
) -> None:
    upstream_server.says = [Whole(completion("Yes."))]
    port = free_port()
    bucket.s3.delete_bucket(Bucket="evidence")
    with anchored(tmp_path, upstream_server, port):
        ask(port)
        until(lambda: "problem" in evidence(port))
        problem = evidence(port)["problem"]
        ask(port)
        bucket.s3.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        until(lambda: "problem" not in evidence(port))

    assert "s3://evidence/lineward cannot be written" in problem
    assert bucket.names()
