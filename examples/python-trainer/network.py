"""Fully connected classifiers and their derivatives in closed form, in the precision of what they are given.

a_0 = x, z_k = a_{k-1} W_k + b_k, a_k = phi(z_k), logits z_L; ell = log sum exp z_L - z_L[y];
phi(z) = z, or slope z where z < 0.
w is one flat vector: W_1 [inputs, outputs] row-major, b_1, W_2, ... Sums over rows are sums: the caller divides.
"""

import math

import numpy as np


class Network:
    def __init__(self, widths: list[int], slope: float):
        self.widths, self.slope = widths, slope
        self.features, self.classes = widths[0], widths[-1]
        names = [""] if len(widths) == 2 else [f"layer{k}." for k in range(1, len(widths))]
        self.layout, self.size = [], 0
        for name, inputs, outputs in zip(names, widths, widths[1:]):
            for part, shape in (("weight", (inputs, outputs)), ("bias", (outputs,))):
                self.layout.append((name + part, shape, self.size))
                self.size += int(np.prod(shape))

    @property
    def convex(self) -> bool:
        return len(self.widths) == 2

    def layers(self, w):
        """(W, b) of each layer, as views of w."""
        parts = [w[offset : offset + int(np.prod(shape))].reshape(shape) for _, shape, offset in self.layout]
        return list(zip(parts[::2], parts[1::2]))

    def initialise(self, uniform) -> np.ndarray:
        """As PyTorch: weights and biases uniform within 1/sqrt(inputs), drawn by `uniform(name, count, bound)`."""
        bounds = [1 / math.sqrt(inputs) for inputs in self.widths[:-1] for _ in ("weight", "bias")]
        drawn = [uniform(name, int(np.prod(shape)), bound) for bound, (name, shape, _) in zip(bounds, self.layout)]
        return np.concatenate(drawn)

    def logits(self, w, x):
        return self._forward(w, x)[-1]

    def gradient(self, w, x, y):
        """Sum of ell over the rows, and its gradient in w."""
        passed = self._forward(w, x)
        loss, delta = _softmax_loss(passed[-1], y)
        return loss, _joined(self._backward(w, passed, delta)[0])

    def hessian_vector(self, w, v, x, y):
        """Sum over the rows of H v, H the Hessian of ell."""
        return _joined(self._directional(w, v, x, y)[0])

    def mixed(self, w, v, x, y):
        """d/dx_j <grad ell_j, v> for each row, [rows, features]."""
        return self._directional(w, v, x, y)[1]

    def _forward(self, w, x):
        """[a_0, ..., a_{L-1}, z_L]: of a_k the sign says what phi'(z_k) is."""
        passed, layers = [x], self.layers(w)
        for k, (weight, bias) in enumerate(layers, 1):
            z = passed[-1] @ weight + bias
            passed.append(z if k == len(layers) else np.maximum(z, z * z.dtype.type(self.slope)))
        return passed

    def _slopes(self, a):
        return np.where(a > 0, a.dtype.type(1), a.dtype.type(self.slope))

    def _backward(self, w, passed, delta):
        """Gradients of each layer from the last one's delta, and the delta of each layer."""
        parts, deltas = [], []
        for (weight, _), a in zip(reversed(self.layers(w)), reversed(passed[:-1])):
            parts = [a.T @ delta, delta.sum(axis=0), *parts]
            deltas = [delta, *deltas]
            if a is not passed[0]:
                delta = (delta @ weight.T) * self._slopes(a)
        return parts, deltas

    def _directional(self, w, v, x, y):
        """The R-operator, the derivative along v, of the gradient in w and of that in x (Pearlmutter, 1994)."""
        passed, layers, along = self._forward(w, x), self.layers(w), self.layers(v)
        moved = [np.zeros_like(x)]
        for k, ((weight, _), (direction, offset)) in enumerate(zip(layers, along), 1):
            z = moved[-1] @ weight + passed[k - 1] @ direction + offset
            moved.append(z if k == len(layers) else z * self._slopes(passed[k]))
        p = _softmax(passed[-1])
        r = p * (moved[-1] - (p * moved[-1]).sum(axis=1, keepdims=True))
        deltas = self._backward(w, passed, _softmax_loss(passed[-1], y)[1])[1]
        parts = []
        for k in reversed(range(len(layers))):
            (weight, _), (direction, _), delta = layers[k], along[k], deltas[k]
            parts = [moved[k].T @ delta + passed[k].T @ r, r.sum(axis=0), *parts]
            r = r @ weight.T + delta @ direction.T
            if k > 0:
                r = r * self._slopes(passed[k])
        return parts, r


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _softmax_loss(z, y):
    """Sum of ell, and p - e_y."""
    rows, z = np.arange(len(y)), z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    delta = e / total
    delta[rows, y] -= 1
    return float((np.log(total[:, 0]) - z[rows, y]).sum(dtype=np.float64)), delta


def _joined(parts):
    return np.concatenate([part.ravel() for part in parts])
