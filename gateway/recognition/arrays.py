"""Names for the kinds of arrays that recognition counts with."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

U8: TypeAlias = NDArray[np.uint8]
U32: TypeAlias = NDArray[np.uint32]
U64: TypeAlias = NDArray[np.uint64]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


MIXERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
"""Factors of `mixed`."""


def mixed(values: U64) -> U64:
    """Return *values* with their bits mixed, each by itself: the finaliser of SplitMix64 (Steele et al., 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(MIXERS[0])
    values = (values ^ (values >> np.uint64(27))) * np.uint64(MIXERS[1])
    return values ^ (values >> np.uint64(31))
