"""
The game's random numbers, from their definition: SHA-256 of the JSON array ["theriac-random-1", seed, ...path] gives in its
first 16 bytes the state, four little-endian words, of xoshiro128** 1.1 (Blackman and Vigna, ACM TOMS 2021).
"""
import hashlib
import json

import numpy as np

MASK = 0xFFFFFFFF


class Stream:
    def __init__(self, seed, *path):
        text = json.dumps(["theriac-random-1", seed, *path], separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        self.state = [int.from_bytes(digest[4 * i : 4 * i + 4], "little") for i in range(4)]

    def words(self, count):
        """The next `count` words of 32 bits."""
        s0, s1, s2, s3 = self.state
        out = []
        for _ in range(count):
            product = (s1 * 5) & MASK
            product = ((product << 7) | (product >> 25)) & MASK
            out.append((product * 9) & MASK)
            t = (s1 << 9) & MASK
            s2 ^= s0
            s3 ^= s1
            s1 ^= s2
            s0 ^= s3
            s2 ^= t
            s3 = ((s3 << 11) | (s3 >> 21)) & MASK
        self.state = [s0, s1, s2, s3]
        return out

    def permutation(self, n):
        """Fisher and Yates from the end; words that would favour small numbers are passed over."""
        order = list(range(n))
        words, at = self.words(n), 0
        for i in range(n - 1, 0, -1):
            bound = i + 1
            limit = 0x100000000 - 0x100000000 % bound
            while True:
                if at == len(words):
                    words, at = self.words(64), 0
                word = words[at]
                at += 1
                if word < limit:
                    break
            j = word % bound
            order[i], order[j] = order[j], order[i]
        return np.array(order, dtype=np.int64)

    def uniform(self, count, low, high):
        """float32, 24 bits each."""
        values = np.array(self.words(count), dtype=np.uint64) >> np.uint64(8)
        return (low + (high - low) / 0x1000000 * values.astype(np.float64)).astype(np.float32)
