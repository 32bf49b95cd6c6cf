import json
from contextlib import closing
from pathlib import Path

from gateway.commands.options import settings_of
from gateway.stores.opening import open_store
from tests.commands.running import run
from tests.stores.material import breached, chunk


def test_breaches_are_listed_by_tenant_and_give_the_exit_code(config: str):
    nothing = run("breaches", "--config", config)
    with closing(open_store(settings_of(Path(config)).store.url.get_secret_value())) as store:
        store.append([breached(chunk("theirs.md")), breached(chunk("others.md"), tenant="initech")])

    shown = run("breaches", "--config", config, code=1)
    told = json.loads(run("breaches", "--tenant", "globex", "--config", config, "--json", code=1))
    paged = run("breaches", "--limit", "1", "--config", config, code=1)

    assert "No text of a tenant" in nothing
    assert "theirs.md" in shown and "others.md" in shown and "75%" in shown
    assert [one["chunks"][0]["document"] for one in told["data"]] == ["theirs.md"]
    assert "more: --cursor" in paged
