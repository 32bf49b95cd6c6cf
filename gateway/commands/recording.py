"""What is read from a command line is recorded as it is over HTTP: before it is printed, in the same log."""

import getpass
import os
from collections.abc import Sequence
from contextlib import closing

from gateway.domain.accesses import accessed
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import RunEvent
from gateway.lineage.keys import signer_for
from gateway.lineage.notes import Signer
from gateway.settings import Settings
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_store, upgrade


def operator(tenant: str = "") -> Principal:
    """Return who gives commands here: an admin of *tenant*, or of all if it is empty, by the system's name for them."""
    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # in containers numbers often have no name
        person = str(os.getuid())
    return Principal("lineward", tenant, frozenset({Role.ADMIN}), end_user=person)


def record(settings: Settings, action: str, *subjects: str, tenant: str = "", query: str = "") -> None:
    """Write into the log of *settings* that the operator does *action* on *subjects*, which are *tenant*'s.

    Return when it is durable; a gateway may run meanwhile. See `Accesses.record`. Raises `LineageUnavailable`, and
    `ConfigurationError` when the log is signed with a key that is not at hand: then nothing may be shown.
    """
    append(settings, [accessed(operator(tenant), action, subjects, query)])


def append(settings: Settings, events: Sequence[RunEvent]) -> None:
    """Write *events* into the log of *settings* and return when they are durable; a gateway may run meanwhile.

    Raises `LineageUnavailable`, and `ConfigurationError` when the log is signed with a key that is not at hand.
    """
    with closing(open_store(settings.store.url.get_secret_value(), signer(settings), settings.masters)) as store:
        store.append(events)


def signer(settings: Settings) -> Signer | None:
    """Return what signs the log of *settings*; nothing for a log that no gateway has signed yet.

    Raises `ConfigurationError` when a signed log's key is not at hand.
    """
    url, told = settings.store.url.get_secret_value(), settings.log
    upgrade(url)
    with closing(SQLLog(url, told.origin)) as log:
        signing = log.signing()
    return signer_for(told.signing_key_file, told.origin, signing) if signing else None
