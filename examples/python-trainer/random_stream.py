"""The project's named random streams: a trainer that draws from them differs from the project's own by rounding alone.

A stream is determined by (seed, path): SHA-256 of the JSON of ["theriac-random-1", seed, ...path], whose first 16 bytes are the state of
xoshiro128** 1.1 (Blackman and Vigna, ACM TOMS 2021). Another trainer may draw as it likes: its figures agree within the spread.
"""

import hashlib
import json
import struct

import numpy as np

WORD = 0xFFFFFFFF


def words(seed: int, *path):
    """The stream's words, 0 .. 2^32 - 1, without end."""
    name = json.dumps(["theriac-random-1", seed, *path], separators=(",", ":"), ensure_ascii=False)
    a, b, c, d = struct.unpack("<4I", hashlib.sha256(name.encode()).digest()[:16])
    while True:
        mixed = b * 5 & WORD
        yield (mixed << 7 | mixed >> 25) * 9 & WORD
        t = b << 9 & WORD
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= t
        d = (d << 11 | d >> 21) & WORD


def permutation(n: int, seed: int, *path) -> np.ndarray:
    """A uniform permutation of 0 .. n-1 (Fisher-Yates)."""
    order, stream = list(range(n)), words(seed, *path)
    for i in range(n - 1, 0, -1):
        word = next(stream)
        while word >= (1 << 32) - (1 << 32) % (i + 1):  # without bias
            word = next(stream)
        j = word % (i + 1)
        order[i], order[j] = order[j], order[i]
    return np.array(order)


def uniform(n: int, bound: float, seed: int, *path) -> np.ndarray:
    """n values uniform within -bound and bound, 24 random bits each, float32."""
    drawn = np.fromiter(words(seed, *path), np.uint32, n) >> np.uint32(8)
    return (-bound + 2 * bound / (1 << 24) * drawn).astype(np.float32)
