"""
Gamma: what a row of poison may be. Values in stored units, float32, with a tolerance of 1e-6; by class in the units of the
model's input (Koh, Steinhardt, Liang, "Stronger data poisoning attacks break data sanitization defenses", 2022):
  sphere      ||x - mu_y|| <= r_y       slab   |<n_y, x - mu_y>| <= h_y, n_y from the mean of the other classes' means to mu_y
  decoy-loss  loss under a decoy <= its quantile over clean rows: a half-space for each of two classes
A q-quantile is the least value that a share q of the clean rows of the class keep.
"""
import numpy as np

from datasets import model_input, units

TOLERANCE = 1e-6


def parts_of(text):
    """'sphere:quantile=0.8,box' -> [('sphere', {'quantile': 0.8}), ('box', {})]"""
    found = []
    for part in text.split(","):
        kind, *pairs = part.strip().split(":")
        found.append((kind, {name: float(value) for name, value in (pair.split("=") for pair in pairs)}))
    return found


def violations(constraint, dataset, affine, clean, poison):
    """Lines (kind, worst excess, limit) of every part; `clean` and `poison` are (stored, labels), and base rows or None."""
    (stored, labels), (x, y, base) = clean, poison
    values = x.astype(np.float64)
    found = []
    for kind, options in parts_of(constraint["kind"]):
        if kind == "none":
            continue
        if kind == "box":
            found.append((kind, outside(values, *dataset.range)))
        elif kind == "linf-ball":
            around = units(stored[base]) if base is not None else np.full_like(values, np.nan)
            found.append((kind, worst(np.abs(values - around) - constraint["radius"])))
            if dataset.range is not None:
                found.append(("box", outside(values, *dataset.range)))
        elif kind == "feature-range":
            clean_values = units(stored)
            found.append((kind, outside(values, clean_values.min(axis=0), clean_values.max(axis=0))))
        elif kind == "fixed-labels":
            found.append(labels_kept(y, base, labels))
        elif kind in ("sphere", "slab", "decoy-loss"):
            found.append((kind, by_class(kind, options, dataset, affine, (stored, labels), (x, y))))
        else:
            found.append((f"{kind}, which is not known", np.inf))
    if constraint["fixedLabels"]:
        found.append(labels_kept(y, base, labels))
    limits = {"sphere": 1e-4, "slab": 1e-4, "decoy-loss": 1e-3}
    return [(kind, excess, limits.get(kind, TOLERANCE)) for kind, excess in found]


def worst(excess):
    """The largest; NaN counts as infinite."""
    return np.inf if np.isnan(excess).any() else float(excess.max(initial=0))


def outside(values, low, high):
    return worst(np.maximum(low - values, values - high))


def labels_kept(y, base, labels):
    return ("fixed-labels", 0.0 if base is not None and np.array_equal(y, labels[base]) else 1.0)


def by_class(kind, options, dataset, affine, clean, poison):
    """By how much the farthest row lies outside of the region of its class."""
    x, y = model_input(clean[0], affine).astype(np.float64), clean[1]
    rows, labels = model_input(poison[0], affine).astype(np.float64), poison[1]
    q = options.get("quantile", 0.9)
    centres = [x[y == k].mean(axis=0) for k in range(dataset.classes)]
    decoy = decoy_parameters(x, y, options) if kind == "decoy-loss" else None
    excess = [0.0]
    for k in range(dataset.classes):
        if kind == "sphere":
            of = lambda part: np.linalg.norm(part - centres[k], axis=1)
        elif kind == "slab":
            normal = centres[k] - np.mean([c for j, c in enumerate(centres) if j != k], axis=0)
            normal /= np.linalg.norm(normal)
            of = lambda part: np.abs((part - centres[k]) @ normal)
        else:
            sign = 1 if k == 1 else -1
            of = lambda part: -sign * (part @ decoy[:-1] + decoy[-1]) / np.linalg.norm(decoy[:-1])
        if np.any(labels == k):
            excess.append(worst(of(rows[labels == k]) - quantile(of(x[y == k]), q)))
    return max(excess)


def quantile(values, q):
    return np.sort(values)[max(0, int(np.ceil(q * len(values))) - 1)]


def decoy_parameters(x, y, options):
    """argmin of the logistic loss on clean rows and `repeats` copies, labels flipped, of those with the smallest margins."""
    ridge, repeats = options.get("ridge", 0.02), options.get("repeats", 8)
    design = np.hstack([x, np.ones((len(x), 1))])
    signs = np.where(y == 1, 1.0, -1.0)
    clean = newton(design, signs, np.ones(len(x)), ridge)
    order = np.argsort(signs * (design @ clean), kind="stable")
    chosen = order[: int(options.get("flips", 0.15) * len(x))]
    if len(chosen) == 0 or repeats == 0:
        return clean
    weights = np.concatenate([np.ones(len(x)), np.full(len(chosen), float(repeats))])
    return newton(np.vstack([design, design[chosen]]), np.concatenate([signs, -signs[chosen]]), weights, ridge)


def newton(design, signs, weights, ridge):
    """argmin (1/N) sum weight log(1 + exp(-sign <theta, row>)) + ridge/2 |theta|^2, N the sum of the weights."""
    theta = np.zeros(design.shape[1])
    total = weights.sum()
    loss = lambda t: float(weights @ np.logaddexp(0, -signs * (design @ t))) / total + ridge / 2 * float(t @ t)
    for _ in range(50):
        p = 1 / (1 + np.exp(np.clip(signs * (design @ theta), -500, 500)))
        gradient = -design.T @ (weights * signs * p) / total + ridge * theta
        if np.linalg.norm(gradient) < 1e-10:
            break
        curvature = design.T @ (design * (weights * p * (1 - p) / total)[:, None]) + ridge * np.eye(len(theta))
        step, scale, now = np.linalg.solve(curvature, gradient), 1.0, loss(theta)
        while loss(theta - scale * step) > now and scale > 1e-6:
            scale /= 2
        theta = theta - scale * step
    return theta
