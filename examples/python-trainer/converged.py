"""w* = argmin_w F(chi; w) for softmax regression: preconditioned L-BFGS (Nocedal and Wright, algorithm 7.5).

H <= 1/2 (I - 11'/c) (x) M with M = mean of (x, 1)(x, 1)' (Boehning, 1992): its inverse takes the scale of the rows out
of the problem.
"""

import numpy as np

from means import CHUNK, Means
from network import Network
from state import State
from training import initial

ITERATIONS, TOLERANCE, MEMORY, TRIALS = 300, 1e-5, 20, 30
# Where the loss falls by less than its precision in 32 bits for so many iterations, there is nothing left but to drift.
PRECISION, IDLE = 2e-7, 5
# Of the mean of the diagonal of M, which constant features make singular.
RELATIVE_DAMPING = 1e-6


class ConvergedTraining:
    def __init__(self, network: Network, chi, seed: int, check):
        self.network, self.means, self.seed = network, Means(network, chi, check), seed
        self.inverse = None

    def start(self) -> State:
        w = initial(self.network, self.seed).astype(np.float64)
        value, gradient = self._evaluate(w)
        pairs = np.zeros((0, w.size))
        return self._state(0, value, 0, {"w": w, "gradient": gradient, "s": pairs, "y": pairs})

    def step(self, state: State) -> State:
        w, gradient, s, y = (state.arrays[name] for name in ("w", "gradient", "s", "y"))
        value = state.scalars["value"]
        found = self._search(w, value, gradient, self._direction(gradient, s, y))
        if found is None and len(s) > 0:
            s, y = s[:0], y[:0]  # the pairs mislead: forget them
            found = self._search(w, value, gradient, self._direction(gradient, s, y))
        if found is None:
            return self._state(state.step + 1, value, IDLE, state.arrays)
        moved, lower, slope = found
        idle = state.scalars["idle"] + 1 if value - lower <= PRECISION * abs(value) else 0
        if (moved - w) @ (slope - gradient) > 0:
            s, y = np.vstack([s, moved - w])[-MEMORY:], np.vstack([y, slope - gradient])[-MEMORY:]
        return self._state(state.step + 1, lower, idle, {"w": moved, "gradient": slope, "s": s, "y": y})

    def metrics(self, state: State) -> dict[str, float]:
        return {"loss": state.scalars["value"], "gradient_norm": float(np.linalg.norm(state.arrays["gradient"]))}

    def result(self, state: State):
        """The final w, the same as the one that is kept, and why training ended."""
        w = state.arrays["w"].astype(np.float32)
        small = np.linalg.norm(state.arrays["gradient"]) <= TOLERANCE
        return w, w[None], "converged" if small else "line-search" if state.scalars["idle"] >= IDLE else "iterations"

    def _state(self, step: int, value: float, idle: int, arrays) -> State:
        small = bool(np.linalg.norm(arrays["gradient"]) <= TOLERANCE)
        done = small or idle >= IDLE or step >= ITERATIONS
        return State(step, ITERATIONS, done, {"value": value, "idle": idle}, arrays)

    def _evaluate(self, w):
        with np.errstate(all="ignore"):
            return self.means.gradient(w)

    def _search(self, w, value: float, gradient, direction):
        """A step of weak Wolfe by bisection: (w, F, g) there, or None where the precision is exhausted."""
        slope = gradient @ direction
        low, high, t = 0.0, np.inf, 1.0
        for _ in range(TRIALS if slope < 0 else 0):
            # A point that 32 bits hold, as the answer must: far out, where rows are all but separable, others mislead.
            there = (w + t * direction).astype(np.float32).astype(np.float64)
            own, rise = self._evaluate(there)
            if not own <= value + 1e-4 * t * slope:
                high = t
            elif rise @ direction < 0.9 * slope:
                low = t
            else:
                return there, own, rise
            t = 2 * t if high == np.inf else (low + high) / 2
        return None

    def _direction(self, gradient, s, y):
        """-H g by the two-loop recursion over the pairs."""
        q, alphas = gradient.copy(), []
        for a, b in zip(reversed(s), reversed(y)):
            alphas.append((a @ q) / (a @ b))
            q -= alphas[-1] * b
        q = self._precondition(q)
        for a, b, alpha in zip(s, y, reversed(alphas)):
            q += (alpha - (b @ q) / (a @ b)) * a
        return -q

    def _precondition(self, g):
        """2 M^-1 g for W above b, [features + 1, classes]."""
        if self.inverse is None:
            size = self.network.features + 1
            moments = np.zeros((size, size))
            for x, _ in self.means.blocks:
                for start in range(0, len(x), CHUNK):
                    self.means.check()
                    rows = np.pad(x[start : start + CHUNK].astype(np.float64), ((0, 0), (0, 1)), constant_values=1.0)
                    moments += rows.T @ rows / self.means.count
            moments += RELATIVE_DAMPING * np.trace(moments) / size * np.eye(size)
            self.inverse = np.linalg.inv(moments)
        return 2 * (self.inverse @ g.reshape(-1, self.network.classes)).ravel()
