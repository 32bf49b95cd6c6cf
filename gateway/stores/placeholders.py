"""Digests taken out of what is packed, and placeholders where they stood.

Sixty-four hexadecimal digits are 32 bytes of chance: no compressor makes them shorter, and among words they spoil what
it knows of words. So each distinct one is kept raw beside the text, in order of first appearance, and what is left of
two records of the same kind is nearly the same text.

In a record the placeholder for `sha256:` and its digits is MARK and one byte: the next digest that was not named yet;
the one that was named last; one that is so many farther on than the last that was named again (a manifest names the
chunks in the order of the edges); or one of the first, by its number. In a leaf, where none is named twice, MARK alone
stands for the digits.
"""

import struct
from binascii import hexlify, unhexlify
from collections.abc import Callable, Sequence
from functools import lru_cache

MARK = b"\x01"
"""No JSON that is written here holds it."""

SIZE = 32
"""Bytes of a digest."""

_DIGITS = 2 * SIZE

_PREFIX = b"sha256:"
_NEW, _SAME, _FIRST = 2, 3, 128
_FARTHEST = _FIRST - _SAME - 1
"""How much farther on the digest may be that a byte names."""
_PLACEHOLDERS = [MARK + bytes([code]) for code in range(256)]
_NEXT = _PLACEHOLDERS[_NEW]

_VALUE = b'":"'
_QUOTE = ord('"')
_LONG = len(_PREFIX) + _DIGITS


def fold_record(data: bytes) -> tuple[bytes, bytes]:
    """Return *data* with placeholders, and the digests.

    Without any where something looks like a digest and is none. *data* must not hold `MARK`.
    """
    pieces = data.split(_PREFIX)
    folded = [pieces.pop(0)]
    known: dict[bytes, int] = {}
    find = known.get
    at, last = 0, -1
    for piece in pieces:
        name = piece[:_DIGITS]
        number = find(name)
        if number is None:
            known[name] = last = len(known)
            folded += _NEXT, piece[_DIGITS:]
            continue
        if number == last:
            code = _SAME
        elif 0 < number - at <= _FARTHEST:
            code = _SAME + number - at
            at = last = number
        elif number < 256 - _FIRST:
            code = _FIRST + number
            at = last = number
        else:
            folded += _PREFIX, piece
            continue
        folded += _PLACEHOLDERS[code], piece[_DIGITS:]
    digests = _digests([*known])
    return (data, b"") if digests is None else (b"".join(folded), digests)


def unfold_record(text: bytes, digests: bytes, largest: int) -> bytes:
    """Return the record whose *text* and *digests* these are.

    Raises `ValueError` if they do not belong together, or if it would have more than *largest* bytes.
    """
    if len(text) + text.count(MARK) * _LONG > largest:
        raise ValueError("a stored value is damaged: it unfolds to more than any that is written")
    names = [_PREFIX + name for name in _apart(len(digests) // SIZE)(hexlify(digests))]
    pieces = text.split(MARK)
    unfolded = [pieces.pop(0)]
    new, at, last = 0, 0, -1
    try:
        for piece in pieces:
            code = piece[0]
            if code == _NEW:
                last = new
                new += 1
            elif code >= _FIRST:
                at = last = code - _FIRST
            elif code > _SAME:
                at = last = at + code - _SAME
            elif code < _SAME or last < 0:
                raise ValueError("a stored value is damaged: it has a placeholder for nothing")
            unfolded += names[last], piece[1:]
    except IndexError as exc:
        raise ValueError("a stored value is damaged: it has a placeholder for a digest that is not there") from exc
    if new != len(names):
        raise ValueError("a stored value is damaged: it has digests for which there is no placeholder")
    return b"".join(unfolded)


def fold_leaf(data: bytes) -> tuple[bytes, bytes]:
    """Return *data* with placeholders, and the digests.

    Without any where something looks like a digest and is none. *data* must not hold `MARK`.
    """
    pieces = data.split(_VALUE)
    names = []
    for place, piece in enumerate(pieces):
        if len(piece) > _DIGITS:
            if piece[_DIGITS] == _QUOTE:
                names.append(piece[:_DIGITS])
                pieces[place] = MARK + piece[_DIGITS:]
            elif piece.startswith(_PREFIX):
                names.append(piece[len(_PREFIX) : _LONG])
                pieces[place] = _PREFIX + MARK + piece[_LONG:]
    digests = _digests(names)
    return (data, b"") if digests is None else (_VALUE.join(pieces), digests)


def unfold_leaf(text: bytes, digests: bytes) -> bytes:
    """Return the leaf whose *text* and *digests* these are. Raises `ValueError` if they do not belong together."""
    count = len(digests) // SIZE
    if b"%" in text:
        text = text.replace(b"%", b"%%")
    try:
        # Of what puts pieces together formatting takes least, and a million leaves have to be unfolded in two seconds.
        return text.replace(MARK, b"%b", count + 1) % _apart(count)(hexlify(digests))
    except TypeError as exc:
        raise ValueError("a stored leaf is damaged: it has not as many digests as placeholders") from exc


def _digests(names: Sequence[bytes]) -> bytes | None:
    """Return the bytes of which *names* are the hexadecimal digits; `None` if they are not that, each of one digest."""
    digits = b"".join(names)
    try:
        digests = unhexlify(digits)
    except ValueError:
        return None
    return digests if len(digests) == SIZE * len(names) and hexlify(digests) == digits else None


@lru_cache(64)
def _apart(count: int) -> Callable[[bytes], tuple[bytes, ...]]:
    """Return what takes the digits of *count* digests apart."""
    return struct.Struct(f"{_DIGITS}s" * count).unpack
