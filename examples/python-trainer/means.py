"""Means over many rows: computed in double precision, a chunk of rows at a time."""

import math

import grpc
import numpy as np

from contract import Refusal
from network import Network

CHUNK = 4096


class Means:
    """Derivatives of F(B; w) = mean of ell over the rows of `blocks`, pairs (x [rows, features], y [rows])."""

    def __init__(self, network: Network, blocks, check=lambda: None):
        self.network, self.blocks, self.check = network, blocks, check
        self.count = sum(len(y) for _, y in blocks)

    def gradient(self, w):
        """F(B; w) and g(B; w)."""
        loss, total, w = 0.0, 0.0, w.astype(np.float64)
        for x, y in self._chunks():
            own, gradient = self.network.gradient(w, x, y)
            loss, total = loss + own, total + gradient
        return loss / self.count, total / self.count

    def hessian_vector(self, w, v):
        """H v."""
        w, v = w.astype(np.float64), v.astype(np.float64)
        return sum(self.network.hessian_vector(w, v, x, y) for x, y in self._chunks()) / self.count

    def mixed(self, w, v):
        """d/dx_j <g(B; w), v> for each row, [rows, features]."""
        w, v = w.astype(np.float64), v.astype(np.float64)
        return np.concatenate([self.network.mixed(w, v, x, y) for x, y in self._chunks()]) / self.count

    def accuracy(self, w):
        """Share of the rows classified rightly; ties go to the lowest class."""
        w = w.astype(np.float64)
        return sum(int((self.network.logits(w, x).argmax(axis=1) == y).sum()) for x, y in self._chunks()) / self.count

    def _chunks(self):
        for x, y in self.blocks:
            for start in range(0, len(y), CHUNK):
                self.check()
                yield x[start : start + CHUNK].astype(np.float64), y[start : start + CHUNK]


def conjugate_gradient(product, b, iterations: int, tolerance: float):
    """q with A q = b from q = 0: (q, iterations, stopped). Stops where the curvature <d, A d> is not positive."""
    q, r, d = np.zeros_like(b), b.copy(), b.copy()
    squared, scale = r @ r, np.linalg.norm(b)
    if scale == 0 or tolerance >= 1:
        return q, 0, "converged"
    for k in range(iterations):
        ad = product(d)
        curvature = finite(d @ ad)
        if curvature <= 0:
            return q, k, "indefinite"
        alpha = squared / curvature
        q, r = q + alpha * d, r - alpha * ad
        following = finite(r @ r)
        if math.sqrt(following) <= tolerance * scale:
            return q, k + 1, "converged"
        d, squared = r + (following / squared) * d, following
    return q, iterations, "budget"


def normal_equations(product, b, iterations: int, tolerance: float, damping: float):
    """q with (A^2 + damping I) q = A b from q = 0, by conjugate gradients: (q, iterations, stopped)."""
    q, r = np.zeros_like(b), b.copy()
    s = product(b)
    d, squared = s.copy(), finite(s @ s)
    goal = tolerance * math.sqrt(squared)
    if goal >= math.sqrt(squared):
        return q, 0, "converged"
    for k in range(iterations):
        ad = product(d)
        curvature = finite(ad @ ad + damping * (d @ d))
        if curvature <= 0:
            return q, k, "indefinite"
        alpha = squared / curvature
        q, r = q + alpha * d, r - alpha * ad
        s = product(r) - damping * q
        following = finite(s @ s)
        if math.sqrt(following) <= goal:
            return q, k + 1, "converged"
        d, squared = s + (following / squared) * d, following
    return q, iterations, "budget"


SCALE_DOWN = "Scale the vector or the parameters down."


def finite(values, what: str = "a product", field: str = "parameters", remedy: str = SCALE_DOWN):
    """`values`, if all are finite as 32-bit floats: no NaN leaves the trainer."""
    with np.errstate(over="ignore"):
        good = np.isfinite(np.asarray(values, np.float32)).all()
    if good:
        return values
    raise Refusal(
        grpc.StatusCode.ABORTED,
        f"In 32-bit floats {what} is not finite at these parameters",
        remedy,
        field,
        allowed="parameters, rows and vectors whose products stay within 3.4e38",
    )


def self_check() -> float:
    """Largest relative error of the second derivatives of a small network against differences of its gradients."""
    random = np.random.default_rng(0)
    network = Network([5, 4, 4, 3], 0.2)
    w, v = random.normal(size=network.size), random.normal(size=network.size)
    x, y = random.normal(size=(7, 5)), random.integers(3, size=7)
    step = 1e-6
    change = (network.gradient(w + step * v, x, y)[1] - network.gradient(w - step * v, x, y)[1]) / (2 * step)
    pairs = [(network.hessian_vector(w, v, x, y), change)]
    mixed = network.mixed(w, v, x, y)
    for place in ((0, 0), (3, 2), (6, 4)):
        sides = []
        for sign in (1, -1):
            nudged = x.copy()
            nudged[place] += sign * step
            sides.append(network.gradient(w, nudged, y)[1] @ v)
        pairs.append((mixed[place], (sides[0] - sides[1]) / (2 * step)))
    return max(float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in pairs)
