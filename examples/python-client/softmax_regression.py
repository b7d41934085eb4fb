"""Softmax regression in numpy, double precision: the oracle that the trainer's answers are held against.

z = x W + b, p = softmax(z), loss = mean over rows of -log p_y, residual r = p - e_y.
w is one flat vector: W [features, classes] row-major, then b [classes].
"""

import numpy as np


class SoftmaxRegression:
    def __init__(self, features: int, classes: int):
        self.features, self.classes = features, classes
        self.size = features * classes + classes

    def split(self, w):
        cut = self.features * self.classes
        return w[:cut].reshape(self.features, self.classes), w[cut:]

    def join(self, weight, bias):
        return np.concatenate([weight.ravel(), bias])

    def probabilities(self, w, x):
        weight, bias = self.split(w)
        z = x @ weight + bias
        z = z - z.max(axis=1, keepdims=True)
        e = np.exp(z)
        return e / e.sum(axis=1, keepdims=True)

    def loss(self, w, x, y):
        return -np.log(self.probabilities(w, x)[np.arange(len(y)), y]).mean()

    def gradient(self, w, x, y):
        r = self.probabilities(w, x) - np.eye(self.classes)[y]
        return self.join(x.T @ r, r.sum(axis=0)) / len(y)

    def hessian_vector_product(self, w, v, x):
        """R-operator: R(z) = x V + c, R(p) = p * R(z) - p <p, R(z)>."""
        p = self.probabilities(w, x)
        r = self._directional(p, v, x)
        return self.join(x.T @ r, r.sum(axis=0)) / len(x)

    def mixed_product(self, w, v, x, y):
        """d/dx_j of <g(nu; w), v>, with g the mean over the rows: (R(p_j) W' + r_j V') / m."""
        p = self.probabilities(w, x)
        weight, _ = self.split(w)
        direction, _ = self.split(v)
        r = p - np.eye(self.classes)[y]
        return (self._directional(p, v, x) @ weight.T + r @ direction.T) / len(x)

    def _directional(self, p, v, x):
        direction, offset = self.split(v)
        z = x @ direction + offset
        return p * (z - (p * z).sum(axis=1, keepdims=True))
