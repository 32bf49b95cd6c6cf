"""A process that writes runs into a signed log until it is killed, telling each receipt as a caller would get it.

Arguments: the log's address, and a name of its own.
"""

import asyncio
import sys

from gateway.lineage.receipts import Receipt
from gateway.lineage.writer import Writer
from gateway.stores.opening import open_store
from tests.lineage.test_notes import SIGNER
from tests.stores.material import chunk, edges, run


async def one(writer: Writer, name: str, number: int) -> None:
    start, end = run(*edges(chunk(f"page-{number % 9}.md"), chunk(f"own-{name}-{number}.md")))
    receipt = await writer.append([start])
    tell(start.run, receipt)
    receipt = await writer.append([end], terminal=True)
    tell(end.run, receipt)


def tell(run_id: str, receipt: Receipt) -> None:
    sys.stdout.write(f"{run_id} {receipt}\n")
    sys.stdout.flush()


async def main(url: str, name: str) -> None:
    writer = Writer(open_store(url, SIGNER))
    writer.start()
    number = 0
    while True:
        await asyncio.gather(*(one(writer, name, number + more) for more in range(4)))
        number += 4


asyncio.run(main(*sys.argv[1:]))
