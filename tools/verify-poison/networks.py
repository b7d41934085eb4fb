"""
Classifiers in numpy, over one flat vector w: each named part row-major, one after the other. Images are [h, w, c], filters
[size, size, in, out], dense weights [inputs, outputs]. Derivatives here are for dense networks; others are trained by torch.
"""
import numpy as np

DENSE = {"lr": ([], None), "nn-gc": ([128], 0.0), "nn-tgda": ([784, 784], 0.2)}
CHAINS = {
    "cnn-gc": "conv1:32:3:0 relu conv2:64:3:0 relu pool flatten drop:0.25 fc1:128 relu drop:0.5 fc2:10",
    "cnn-tgda": "conv1:16:5:2 relu pool conv2:32:5:2 relu pool flatten fc:10",
    "cnn-cifar": "conv1:6:5:0 relu pool conv2:16:5:0 relu pool flatten fc1:120 relu fc2:84 relu fc3:10",
}


class Network:
    """`layers` are (kind, settings); None of a model that this program does not know."""

    def __init__(self, model, shape, classes):
        self.model, self.shape, self.classes = model, shape, classes
        self.dense = model in DENSE
        self.layers = dense_layers(*DENSE[model], classes) if self.dense else chain(CHAINS[model], classes)
        self.parts, sizes = [], ([int(np.prod(shape))] if self.dense else list(shape))
        for kind, name, *settings in self.layers:
            if kind == "conv":
                count, size, pad = settings
                self.add(name, [size, size, sizes[2], count])
                sizes = [side + 2 * pad - size + 1 for side in sizes[:2]] + [count]
            elif kind == "fc":
                self.add(name, [sizes[0], settings[0]])
                sizes = [settings[0]]
            elif kind == "pool":
                sizes = [sizes[0] // 2, sizes[1] // 2, sizes[2]]
            elif kind == "flatten":
                sizes = [int(np.prod(sizes))]
        self.size = sum(int(np.prod(shape)) for _, shape, _ in self.parts)

    def add(self, name, shape):
        bound = 1 / np.sqrt(np.prod(shape[:-1]))
        self.parts += [(f"{name}weight", shape, bound), (f"{name}bias", shape[-1:], bound)]

    def views(self, w):
        """Parts of w by name, over the same memory."""
        found, at = {}, 0
        for name, shape, _ in self.parts:
            size = int(np.prod(shape))
            found[name] = w[at : at + size].reshape(shape)
            at += size
        return found

    def initial(self, stream_of):
        """Uniform within 1/sqrt(fan-in), weights and biases alike; `stream_of(name)` draws."""
        drawn = [stream_of(name).uniform(int(np.prod(shape)), -bound, bound) for name, shape, bound in self.parts]
        return np.concatenate(drawn)

    def logits(self, w, x, rows=500):
        """Of all rows, without dropout, some rows at a time where there are images."""
        parts = self.views(w)
        step = len(x) if self.dense else rows
        return np.concatenate([self.forward(parts, x[k : k + step])[0] for k in range(0, len(x), step)])

    def forward(self, parts, x):
        """Logits, and what each dense layer saw."""
        h, seen = (x if self.dense else x.reshape(-1, *self.shape)), []
        for kind, name, *settings in self.layers:
            if kind == "fc":
                seen.append(h)
                h = h @ parts[f"{name}weight"] + parts[f"{name}bias"]
            elif kind == "leaky":
                h = np.where(h > 0, h, settings[0] * h).astype(h.dtype)
            elif kind == "conv":
                h = convolved(h, parts[f"{name}weight"], settings[2]) + parts[f"{name}bias"]
            elif kind == "pool":
                height, width = h.shape[1] // 2 * 2, h.shape[2] // 2 * 2
                h = h[:, :height, :width].reshape(len(h), height // 2, 2, width // 2, 2, -1).max(axis=(2, 4))
            elif kind == "flatten":
                h = h.reshape(len(h), -1)
        return h, seen

    def gradient(self, w, x, y):
        """Of the mean cross-entropy of these rows, dense networks only."""
        parts = self.views(w)
        out = np.empty_like(w)
        into = self.views(out)
        z, seen = self.forward(parts, x)
        error = softmax(z)
        error[np.arange(len(y)), y] -= 1
        error /= np.asarray(len(y), error.dtype)
        fully = [layer for layer in self.layers if layer[0] == "fc"]
        slope = DENSE[self.model][1]
        for k in reversed(range(len(fully))):
            name = fully[k][1]
            into[f"{name}weight"][:] = seen[k].T @ error
            into[f"{name}bias"][:] = error.sum(axis=0)
            if k > 0:
                error = error @ parts[f"{name}weight"].T
                error *= np.where(seen[k] > 0, 1, slope).astype(error.dtype)
        return out


def dense_layers(widths, slope, classes):
    names = [""] if not widths else [f"layer{k + 1}." for k in range(len(widths) + 1)]
    layers = []
    for name, width in zip(names, [*widths, classes]):
        layers += [("fc", name, width), ("leaky", "", slope)]
    return layers[:-1]


def chain(text, classes):
    layers = []
    for word in text.split():
        name, *numbers = word.split(":")
        if name.startswith("conv"):
            layers.append(("conv", f"{name}.", *map(int, numbers)))
        elif name.startswith("fc"):
            layers.append(("fc", f"{name}.", int(numbers[0])))
        elif name == "drop":
            layers.append(("drop", "", float(numbers[0])))
        else:
            layers.append(("leaky", "", 0.0) if name == "relu" else (name, ""))
    last = layers[-1]
    return [*layers[:-1], (last[0], last[1], classes)]


def network(model, shape, classes):
    """None where this program does not know the model."""
    known = model in DENSE or (model in CHAINS and len(shape) == 3)
    return Network(model, shape, classes) if known else None


def convolved(x, filters, pad):
    """Cross-correlation of images with [size, size, in, out]."""
    size = filters.shape[0]
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    return np.tensordot(windows, filters, axes=((4, 5, 3), (0, 1, 2)))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def accuracy(z, y):
    """Percent; of equal logits the first wins."""
    return 100 * float(np.mean(z.argmax(axis=1) == y))
