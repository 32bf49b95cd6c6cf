from pathlib import Path

import pytest
import yaml

from gateway.commands.recording import operator, record
from gateway.domain.errors import ConfigurationError
from gateway.domain.principals import Role
from gateway.settings import load
from gateway.stores.accesses import SQLAccesses
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.questions import Questions
from tests.stores.material import faults
from tests.stores.signed import fill


def test_the_operator_is_an_admin_with_a_name():
    who = operator("acme")

    assert (who.application, who.tenant, who.roles) == ("lineward", "acme", {Role.ADMIN})
    assert who.end_user


def test_a_number_will_do_for_whom_the_system_has_no_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("getpass.getuser", lambda: {}["nobody"])

    assert operator().end_user.isdigit()


def test_it_is_written_while_another_process_has_the_log_open(config: str):
    settings = load(Path(config), {})
    url = settings.store.url.get_secret_value()
    store = open_store(url)

    store.append([])
    record(settings, "read response", "response/0193", tenant="acme")
    record(settings, "read response", "response/0193", tenant="acme")
    store.append([])
    page, _ = SQLAccesses(Questions(url)).accesses("response/0193", "acme", limit=9)
    store.close()

    assert [one.tenant for one in page] == ["acme", "acme"]
    assert faults(open_ledger(url)) == []


def test_without_the_key_of_a_signed_log_nothing_may_be_shown(config: str, tmp_path: Path):
    url = f"sqlite:///{tmp_path}/signed.db"
    fill(url)
    settings = yaml.safe_load(Path(config).read_text())
    settings["store"] = {"url": url}
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(settings))

    with pytest.raises(ConfigurationError, match="signing_key_file"):
        record(load(tmp_path / "gateway.yaml", {}), "read response", "response/0193")
