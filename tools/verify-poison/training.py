"""Training protocols from their sources, and minibatch training of dense networks in numpy."""
import numpy as np

from networks import accuracy

PLAIN = {"optimiser": "sgd", "rate": 0.1, "decay": 1.0, "batch": 1000, "epochs": 100, "order": "shuffled", "dropout": "always"}
KNOWN = {
    "p-gc": {"batch": 10000},
    "p-tgda": {"order": "appended"},
    "p-gradpc": {"optimiser": "adadelta", "rate": 1.0, "decay": 0.7, "batch": 64, "epochs": 14},
    "stable-sgd": {"rate": 0.01, "epochs": 30},
    "adam": {"optimiser": "adam", "rate": 0.001, "epochs": 30},
}


def protocol(name, model, colour):
    """Settings of `id` or `id@epochs`; None where this program does not train by it."""
    identity, _, epochs = name.partition("@")
    if identity not in KNOWN:
        return None
    own = {**PLAIN, **KNOWN[identity]}
    if identity == "p-gc" and model.startswith("cnn"):
        own.update(batch=1000, dropout="first-epoch")
    if identity == "p-tgda" and colour:
        own.update(batch=256)
    if epochs:
        own.update(epochs=int(epochs))
    return own


def batches(own, clean, added, order_of, epoch):
    """Row indices of each batch of an epoch; `appended`: every batch of clean rows takes its share of the others along."""
    size = own["batch"]
    if own["order"] == "shuffled":
        order = order_of(clean + added, epoch)
        return [order[k : k + size] for k in range(0, len(order), size)]
    order = order_of(clean, epoch)
    count = -(-clean // size)
    taken = lambda b: min(added, int(b * size * added / clean + 1e-9)) if b < count else added
    return [
        np.concatenate([order[b * size : (b + 1) * size], clean + np.arange(taken(b), taken(b + 1))]) for b in range(count)
    ]


def train(net, own, rows, added, initial, order_of, test):
    """Accuracies on the test rows after each epoch; None where training left the finite numbers."""
    (x, y), clean = rows, len(rows[1]) - added
    w, step = initial.astype(np.float32), 0
    slots = [np.zeros_like(w), np.zeros_like(w)]
    found = []
    for epoch in range(own["epochs"]):
        rate = np.float32(own["rate"] * own["decay"] ** epoch)
        for batch in batches(own, clean, added, order_of, epoch):
            step += 1
            w = w - rate * direction(own["optimiser"], net.gradient(w, x[batch], y[batch]), slots, step)
        if not np.isfinite(w).all():
            return None
        found.append(accuracy(net.logits(w, test[0]), test[1]))
    return found


def direction(optimiser, g, slots, step):
    """What is subtracted, times the rate: SGD; Adam (Kingma, Ba, 2015); Adadelta (Zeiler, 2012); as in torch.optim."""
    if optimiser == "sgd":
        return g
    if optimiser == "adam":
        slots[0] = 0.9 * slots[0] + 0.1 * g
        slots[1] = 0.999 * slots[1] + 0.001 * g * g
        scale = np.sqrt(slots[1] / (1 - 0.999**step)) + 1e-8
        return (slots[0] / (1 - 0.9**step) / scale).astype(np.float32)
    slots[0] = 0.9 * slots[0] + 0.1 * g * g
    d = np.sqrt((slots[1] + 1e-6) / (slots[0] + 1e-6)) * g
    slots[1] = 0.9 * slots[1] + 0.1 * d * d
    return d.astype(np.float32)
