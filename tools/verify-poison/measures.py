"""What is measured at given parameters: cross-entropy, entropy, tau, gradients, norms."""
import numpy as np

from networks import softmax

BLOCK = 5000


def lambert_w(x):
    """W(x) for x >= 0 by Newton's method on w e^w = x."""
    w = np.log1p(x)
    for _ in range(50):
        e = np.exp(w)
        w -= (w * e - x) / (e * (w + 1))
    return float(w)


def transition_constant(classes):
    return lambert_w((classes - 1) / np.e)


def entropies(z, y):
    """Mean cross-entropy and mean entropy of the predictions, nats, float64."""
    z = z.astype(np.float64)
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(log_p)
    return float(-log_p[np.arange(len(y)), y].mean()), float(-(p * log_p).sum(axis=1).mean())


def logits(net, w, x):
    """In float64 where the network is dense."""
    if not net.dense:
        return net.logits(w, x)
    w = w.astype(np.float64)
    return np.concatenate([net.logits(w, x[k : k + BLOCK].astype(np.float64)) for k in range(0, len(x), BLOCK)])


def gradient(net, w, x, y):
    """Of the mean cross-entropy, float64, dense networks."""
    w, total = w.astype(np.float64), np.zeros(len(w))
    for k in range(0, len(x), BLOCK):
        part = y[k : k + BLOCK]
        total += net.gradient(w, x[k : k + BLOCK].astype(np.float64), part) * len(part)
    return total / max(1, len(x))


def last_layer(net):
    """Where weight and bias of the last layer lie within w."""
    size = sum(int(np.prod(shape)) for _, shape, _ in net.parts[-2:])
    return slice(net.size - size, net.size)


def row_norms(x):
    return np.sort(np.linalg.norm(x.astype(np.float64), axis=1))


def middle(ordered):
    return float(ordered[len(ordered) // 2])
