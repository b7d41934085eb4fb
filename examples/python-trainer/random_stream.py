"""The project's named random streams: a trainer that draws from them differs from the project's own by rounding alone.

A stream is determined by (seed, path): SHA-256 of the JSON of ["theriac-random-1", seed, ...path], whose first 16 bytes
are the state of xoshiro128** 1.1 (Blackman and Vigna, ACM TOMS 2021). Another trainer may draw as it likes: its figures
agree within the spread.
"""

import hashlib
import json
import math
import struct

import numpy as np

WORD = 0xFFFFFFFF


def xoshiro(a: int, b: int, c: int, d: int):
    """What gives the next word of this state, 0 .. 2^32 - 1, and what gives the state."""

    def word() -> int:
        nonlocal a, b, c, d
        mixed, t = b * 5 & WORD, b << 9 & WORD
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= t
        d = (d << 11 | d >> 21) & WORD
        return (mixed << 7 | mixed >> 25) * 9 & WORD

    return word, lambda: (a, b, c, d)


class RandomStream:
    def __init__(self, seed: int, *path):
        name = json.dumps(["theriac-random-1", seed, *path], separators=(",", ":"), ensure_ascii=False)
        self.word, self.state = xoshiro(*struct.unpack("<4I", hashlib.sha256(name.encode()).digest()[:16]))
        self.spare = None

    def integer(self, n: int) -> int:
        """0 .. n-1 without bias."""
        limit, word = (1 << 32) - (1 << 32) % n, self.word()
        while word >= limit:
            word = self.word()
        return word % n

    def uniform(self) -> float:
        """In [0, 1), 53 random bits."""
        return ((self.word() >> 5) * (1 << 26) + (self.word() >> 6)) / (1 << 53)

    def normal(self) -> float:
        """Standard normal, by Marsaglia's polar method."""
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        while True:
            u, v = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            s = u * u + v * v
            if 0 < s < 1:
                scale = math.sqrt(-2 * math.log(s) / s)
                self.spare = v * scale
                return u * scale

    def permutation(self, n: int) -> np.ndarray:
        """A uniform permutation of 0 .. n-1 (Fisher-Yates)."""
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.integer(i + 1)
            order[i], order[j] = order[j], order[i]
        return np.array(order)

    def uniforms(self, count: int, bound: float) -> np.ndarray:
        """Values uniform within -bound and bound, 24 random bits each, float32."""
        return _between(np.fromiter((self.word() for _ in range(count)), np.uint32, count), bound)


def uniforms_of(streams: list[RandomStream], count: int, bound: float) -> np.ndarray:
    """The next `count` uniforms of each stream, all at once: [streams, count]."""
    a, b, c, d = np.array([stream.state() for stream in streams], np.uint32).T
    words = np.empty((count, len(streams)), np.uint32)
    for k in range(count):
        mixed = b * np.uint32(5)
        words[k] = (mixed << np.uint32(7) | mixed >> np.uint32(25)) * np.uint32(9)
        c, d, t = c ^ a, d ^ b, b << np.uint32(9)
        a, b, c, d = a ^ d, b ^ c, c ^ t, d << np.uint32(11) | d >> np.uint32(21)
    return _between(words.T, bound)


def _between(words: np.ndarray, bound: float) -> np.ndarray:
    return (-bound + 2 * bound / (1 << 24) * (words >> np.uint32(8))).astype(np.float32)
