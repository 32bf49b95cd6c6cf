"""How well sentences are attributed: what is copied, edited, said in other words, and said nowhere; a table.

`python -m tests.benchmarks.attribution`. The texts are invented here, in four languages; every sentence is compared
with all chunks. Shown are the shares that were attributed to the right chunk and to a wrong one, and what it cost.
"""

import asyncio
import time
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from gateway.embedders.onnx import OnnxEmbedder
from gateway.recognition.attributing import Grams, attribute
from gateway.recognition.sentences import sentences
from gateway.stores.attributing import NEAR, latin

CHUNKS = {
    "returns": "A toaster may be returned for thirty days at the counter of any branch. After that the warranty of "
    "the maker applies, which covers the heating element for two years. Refunds are paid to the card that was used.",
    "canteen": "Our canteen closes at three on Fridays before public holidays. In winter it opens at noon. Visitors "
    "pay at the register by the door and need no badge.",
    "badge": "Every employee carries a badge with a picture. A lost badge is reported to the gate within one hour. The "
    "gate blocks it and hands out another one for the day.",
    "backup": "The database is copied every night at two. Copies older than ninety days are deleted. A restore is "
    "tried on the first Monday of each month by the operations team.",
    "german": "Die Rückgabefrist beträgt dreißig Tage ab dem Kauf. Danach gilt die Garantie des Herstellers. "
    "Erstattungen gehen auf die verwendete Karte.",
    "chinese": "合同条款规定，退款期限为三十天。之后适用制造商的保修。退款将退回到付款时使用的银行卡。",
    "arabic": "يمكن إرجاع المحمصة خلال ثلاثين يومًا من الشراء. بعد ذلك يسري ضمان الشركة المصنعة لمدة عامين.",
}

COPIED = {
    "returns": ["A toaster may be returned for thirty days at the counter of any branch."],
    "canteen": ["Our canteen closes at three on Fridays before public holidays."],
    "badge": ["A lost badge is reported to the gate within one hour."],
    "backup": ["Copies older than ninety days are deleted."],
    "german": ["Danach gilt die Garantie des Herstellers."],
    "chinese": ["退款期限为三十天。"],
    "arabic": ["بعد ذلك يسري ضمان الشركة المصنعة لمدة عامين."],
}
EDITED = {
    "returns": [
        "A toaster can be returned within thirty days at the counter of any branch.",
        "After thirty days, the warranty of the maker applies and covers the heating element for two years.",
        "Refunds are paid back to the card that you used.",
    ],
    "canteen": ["The canteen closes at three on Fridays before a public holiday.", "In winter, it opens at noon."],
    "badge": ["A lost badge is reported to the gate in an hour.", "The gate blocks it and gives another one."],
    "backup": ["The database is copied each night at two.", "A restore is tried on the first Monday of a month."],
    "german": ["Die Rückgabefrist beträgt immer dreißig Tage ab Kauf.", "Erstattungen gehen an die verwendete Karte."],
    "chinese": ["根据合同，退款期限为三十天。"],
    "arabic": ["يمكن إرجاع المحمصة خلال ثلاثين يومًا."],
}  # fmt: skip
REPHRASED = {
    "returns": [
        "You have a month to bring your toaster back to one of our shops.",
        "For two years the manufacturer guarantees the part that gets hot.",
        "The money goes back to your payment card.",
    ],
    "canteen": [
        "Lunch service ends at 3 pm on the Friday preceding a bank holiday.",
        "Guests can eat there without an ID and pay near the entrance.",
    ],
    "badge": [
        "Staff must wear an identity card that shows their photo.",
        "Tell security inside sixty minutes when your ID card has gone missing.",
    ],
    "backup": [
        "We make a nightly backup of the data store at 2 am.",
        "Backups are kept for roughly three months.",
        "Once a month the ops people rehearse recovering the data.",
    ],
}
ELSEWHERE = [
    "The moon is about a quarter of the size of the earth.", "Our train leaves at nine from platform four.",
    "Please send the signed form to the finance department by Tuesday.", "Whales are mammals and breathe air.",
    "The new office will have room for two hundred people.", "A password must have at least twelve characters.",
    "Der Zug fährt um neun Uhr von Gleis vier ab.", "今天天气很好，我们去公园散步吧。", "القمر أصغر من الأرض بكثير.",
    "She was awarded the prize for her work on enzymes.", "The invoice is due within fourteen days of delivery.",
    "Parking is free for visitors on the second level.", "All meetings are recorded and kept for a year.",
]  # fmt: skip


async def measured() -> None:
    """Print the tables."""
    embedder, names = OnnxEmbedder(), [*CHUNKS]
    grams = [Grams.of(text) for text in CHUNKS.values()]
    pieces = [[text[a:b] for a, b in sentences(text)] for text in CHUNKS.values()]
    vectors = [np.array(await embedder.embed(each)) for each in pieces]
    table = Table("sentences", "count", "words: right / wrong", "then meaning: right / wrong", "cosine of the rest")
    for kind, wanted in (("copied", COPIED), ("edited", EDITED), ("rephrased", REPHRASED), ("elsewhere", None)):
        cases = (
            [(name, one) for name, each in wanted.items() for one in each] if wanted else [("", x) for x in ELSEWHERE]
        )
        right, wrong, cosines = [0, 0], [0, 0], []
        for name, sentence in cases:
            (judged, *_) = attribute(sentence, grams)
            first = None if judged.chunk is None else names[judged.chunk]
            (own,) = await embedder.embed([sentence])
            near = [float((each @ np.array(own)).max()) for each in vectors]
            best = int(np.argmax(near))
            second = first or (names[best] if near[best] >= NEAR and latin(sentence) else None)
            cosines += [] if first else [near[best]]
            for at, found in enumerate((first, second)):
                right[at] += found == name and bool(name)
                wrong[at] += found is not None and found != name
        rest = f"{min(cosines):.2f} … {max(cosines):.2f}" if cosines else ""
        table.add_row(kind, str(len(cases)), f"{right[0]} / {wrong[0]}", f"{right[1]} / {wrong[1]}", rest)
    Console().print(table)
    _timed(grams)


def _timed(grams: Sequence[Grams]) -> None:
    answer = " ".join(one for each in EDITED.values() for one in each)
    begun = time.process_time()
    for _ in range(200):
        attribute(answer, grams)
    cost = (time.process_time() - begun) / 200 * 1e3
    Console().print(f"by words: {cost:.2f} ms of CPU for {len(sentences(answer))} sentences and {len(grams)} chunks")


if __name__ == "__main__":
    asyncio.run(measured())
