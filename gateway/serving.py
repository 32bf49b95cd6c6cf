"""The gateway as processes that listen."""

import ctypes
import gc
import os

import uvicorn

from gateway.api.connections import JoiningProtocol
from gateway.api.front import Front
from gateway.app import create_app
from gateway.revoking import KeyFile
from gateway.settings import Settings, configured, load

GARBAGE = (20_000, 50, 100)
"""Thresholds of the garbage collector: a request makes thousands of objects and hardly a cycle among them. The usual
ones cost a tenth of a request's time."""


ALLOCATOR = {
    -8: 2,  # M_ARENA_MAX: what one thread has freed, another one uses
    -3: 1 << 18,  # M_MMAP_THRESHOLD: what is larger goes back to the system at once, and leaves no hole
    -1: 1 << 18,  # M_TRIM_THRESHOLD
}
"""Settings of glibc's `malloc` (mallopt(3)). By itself it lets the holes that large arrays leave grow to 32 MB, in
eight heaps a processor."""


def application() -> Front:
    """Return the application of the configuration that the environment names; what each worker process calls."""
    return _settled(load(None, os.environ))


def _settled(settings: Settings) -> Front:
    """Return the application of *settings*, with all that was built for it out of the garbage collector's rounds."""
    gc.disable()
    try:
        front = create_app(settings, KeyFile(path, os.environ) if (path := configured(os.environ)) else None)
    finally:
        gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    economise()
    return front


def economise() -> bool:
    """Let the C library keep less memory that nothing uses; return whether it takes such settings (glibc does)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all(mallopt(setting, value) for setting, value in ALLOCATOR.items())


def serve(settings: Settings) -> None:
    """Listen until told to stop.

    One process is the application itself; several each build their own from the environment and share the port.
    """
    server = settings.server
    # No access log: the record is the log, and a line per request would cost more than judging it.
    uvicorn.run(
        _settled(settings) if server.workers == 1 else "gateway.serving:application",
        factory=server.workers > 1,
        host=server.host,
        port=server.port,
        workers=server.workers,
        http=JoiningProtocol,
        access_log=False,
        ws="none",  # nobody speaks WebSocket here: its protocol would be loaded for nothing
        proxy_headers=False,  # nobody here asks where a request came from
        log_level="info",
        timeout_keep_alive=int(server.keep_alive.total_seconds()),
        timeout_graceful_shutdown=int(server.grace.total_seconds()),
        server_header=False,
        date_header=True,
    )
