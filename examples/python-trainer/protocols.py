"""Training protocols: the settings of minibatch training, and its optimisers as PyTorch defines them."""

import re
from dataclasses import dataclass, replace

import grpc
import numpy as np

from contract import Refusal, invalid


@dataclass(frozen=True)
class Protocol:
    id: str
    summary: str
    optimiser: str = "sgd"
    learning_rate: float = 0.1
    decay: float = 1.0  # the learning rate is multiplied by it after every epoch
    batch: int = 1000
    epochs: int = 100
    # Clean rows are shuffled, and each batch takes its share of the others along, in their order.
    appended: bool = False


CONVERGED = "converged"
PROTOCOLS = (
    Protocol("p-gc", "SGD, learning rate 0.1, batch 10000, 100 epochs", batch=10_000),
    Protocol("p-tgda", "SGD, learning rate 0.1, batch 1000 with its share of the poison, 100 epochs", appended=True),
    Protocol(
        "p-gradpc", "Adadelta, 1 x 0.7 per epoch, batch 64, 14 epochs", "adadelta", 1.0, decay=0.7, batch=64, epochs=14
    ),
    Protocol("stable-sgd", "SGD, learning rate 0.01, batch 1000, 30 epochs", learning_rate=0.01, epochs=30),
    Protocol("adam", "Adam, learning rate 0.001, batch 1000, 30 epochs", "adam", 0.001, epochs=30),
    Protocol(CONVERGED, "L-BFGS on all rows, preconditioned by their second moments, for lr only", batch=0, epochs=0),
)


def protocol_for(name: str, convex: bool) -> Protocol:
    """The protocol `id`, or `id@n` for n epochs."""
    found = re.fullmatch(r"([^@]*)(?:@([1-9]\d{0,3}|10000))?", name)
    protocol = next((one for one in PROTOCOLS if found and one.id == found[1]), None)
    if protocol is None:
        known = ", ".join(one.id for one in PROTOCOLS) + ", or one of these with @n for n epochs, 1 to 10000"
        raise invalid("protocol", name or "(empty)", known, "Choose one of these.")
    if protocol.id == CONVERGED and not convex:
        sentence, remedy = "The converged defender needs a convex loss", "Choose another protocol for this model."
        raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, sentence, remedy, "protocol", name, "model lr")
    if found[2] is None:
        return protocol
    if protocol.id == CONVERGED:
        raise invalid("protocol", name, CONVERGED, "It goes on until the gradient vanishes and has no epochs.")
    return replace(protocol, id=name, epochs=int(found[2]))


def batches_per_epoch(protocol: Protocol, clean: int, added: int) -> int:
    return -(-(clean if protocol.appended else clean + added) // protocol.batch)


def batch_rows(protocol: Protocol, clean: int, added: int, order: np.ndarray, b: int) -> np.ndarray:
    """Rows of batch b, clean ones 0 .. n-1 and the others n .. n+m-1, in the epoch's order (of n rows, or of all)."""
    own = order[b * protocol.batch : (b + 1) * protocol.batch]
    if not protocol.appended:
        return own
    last = b + 1 == batches_per_epoch(protocol, clean, added)
    first, end = (int(k * protocol.batch * added / clean + 1e-9) for k in (b, b + 1))
    return np.concatenate([own, clean + np.arange(min(first, added), added if last else min(end, added))])


SLOTS = {"sgd": 0, "adam": 2, "adadelta": 2}


def updated(protocol: Protocol, rate: float, step: int, w, g, slots):
    """w and the optimiser's memory after step `step` (1 is the first), float32."""
    f32 = np.float32
    if protocol.optimiser == "sgd":
        return w - f32(rate) * g, []
    if protocol.optimiser == "adam":
        m, v = f32(0.9) * slots[0] + f32(0.1) * g, f32(0.999) * slots[1] + f32(0.001) * g * g
        scale = np.sqrt(v) / f32(np.sqrt(1 - 0.999**step)) + f32(1e-8)
        return w - f32(rate / (1 - 0.9**step)) * m / scale, [m, v]
    v = f32(0.9) * slots[0] + f32(0.1) * g * g
    d = np.sqrt((slots[1] + f32(1e-6)) / (v + f32(1e-6))) * g
    return w - f32(rate) * d, [v, f32(0.9) * slots[1] + f32(0.1) * d * d]
