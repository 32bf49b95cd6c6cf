"""Names for the kinds of arrays that recognition counts with."""

from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

U8: TypeAlias = NDArray[np.uint8]
U32: TypeAlias = NDArray[np.uint32]
U64: TypeAlias = NDArray[np.uint64]
Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

_Number = TypeVar("_Number", bound=np.number)

MIXERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
"""Factors of `mixed`."""

_FIRST, _SECOND = map(np.uint64, MIXERS)
_30, _27, _31 = map(np.uint64, (30, 27, 31))


def mixed(values: U64) -> U64:
    """Return *values* with their bits mixed, each by itself: the finaliser of SplitMix64 (Steele et al., 2014)."""
    values = (values ^ (values >> _30)) * _FIRST
    values = (values ^ (values >> _27)) * _SECOND
    return values ^ (values >> _31)


def distinct(values: NDArray[_Number]) -> NDArray[_Number]:
    """Return each of *values* once, ascending.

    `np.unique` does the same, but asks first whether they are masked, for which it loads a megabyte of `numpy.ma`.
    """
    ordered = np.sort(values)
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]
