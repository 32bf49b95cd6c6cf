"""No connection leaves the process but to the provider that the configuration names."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

from tests.journeys.house import APP_KEY, configuration
from tests.journeys.process import environment
from tests.journeys.upstream import Upstream, Whole, completion

WATCHED = """
import json, os, sys
reached = []
def watch(event, args):
    if event == "socket.getaddrinfo":
        reached.append(["resolve", str(args[0])])
    elif event == "socket.connect" and isinstance(args[1], tuple):
        reached.append(["connect", args[1][0], args[1][1]])
sys.addaudithook(watch)

from pathlib import Path
from fastapi.testclient import TestClient
from gateway.app import create_app
from gateway.settings import load

with TestClient(create_app(load(Path(sys.argv[1]), os.environ))) as client:
    body = json.loads(sys.argv[2])
    key = {"authorization": "Bearer " + sys.argv[3]}
    replies = [client.post("/v1/chat/completions", json={**body, **more}, headers=key)
               for more in ({}, {"collections": ["kb"]}, {"model": "local"})]
    replies.append(client.get("/readyz"))
print(json.dumps({"status": [reply.status_code for reply in replies], "reached": reached}))
"""


def test_nothing_is_reached_but_the_provider(tmp_path: Path, upstream_server: Upstream):
    upstream_server.says = [Whole(completion("Blue."))]
    config = tmp_path / "gateway.yaml"
    config.write_text(yaml.safe_dump(configuration(tmp_path, upstream_server.url)))
    body = {"model": "gpt", "messages": [{"role": "user", "content": "mail ann@example.com about https://example.com/x"}],
            "documents": ["See http://docs.example.org or bob@example.co.uk."]}  # fmt: skip

    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(config), json.dumps(body), APP_KEY],
        env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    port = int(upstream_server.url.split(":")[2].split("/")[0])
    assert seen["status"] == [200, 200, 200, 200]
    assert ["connect", "127.0.0.1", port] in seen["reached"]
    assert {target[1] for target in seen["reached"]} <= {"127.0.0.1"}
    assert {target[2] for target in seen["reached"] if target[0] == "connect"} == {port}
