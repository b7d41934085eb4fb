"""Minibatch training of F(chi; w), a step at a time over a state from which any replica goes on.

The initial parameters and the order of minibatches are drawn as the project's own trainer draws them.
"""

import grpc
import numpy as np

import protocols
from contract import Refusal
from network import Network
from protocols import Protocol
from random_stream import RandomStream
from state import State


def initial(network: Network, seed: int) -> np.ndarray:
    """w at the start, float32."""
    return network.initialise(lambda name, *how: RandomStream(seed, "initialisation", name).uniforms(*how))


class MinibatchTraining:
    def __init__(self, protocol: Protocol, network: Network, chi, seed: int, keep_epochs: int):
        self.protocol, self.network, self.chi, self.seed, self.keep = protocol, network, chi, seed, keep_epochs
        self.clean = len(chi[0][1])
        self.added = sum(len(y) for _, y in chi[1:])
        self.per_epoch = protocols.batches_per_epoch(protocol, self.clean, self.added)
        self.order = (-1, None)

    def start(self) -> State:
        w = initial(self.network, self.seed)
        slots = {f"slot{k}": np.zeros_like(w) for k in range(protocols.SLOTS[self.protocol.optimiser])}
        arrays = {"w": w, "kept": np.zeros((0, w.size), np.float32), **slots}
        return State(0, self.per_epoch * self.protocol.epochs, False, {"loss": 0.0}, arrays)

    def step(self, state: State) -> State:
        epoch, b = divmod(state.step, self.per_epoch)
        x, y = self._gather(protocols.batch_rows(self.protocol, self.clean, self.added, self._order(epoch), b))
        slots = [state.arrays[f"slot{k}"] for k in range(protocols.SLOTS[self.protocol.optimiser])]
        with np.errstate(all="ignore"):
            loss, gradient = self.network.gradient(state.arrays["w"], x, y)
            rate = self.protocol.learning_rate * self.protocol.decay**epoch
            gradient /= np.float32(len(y))
            w, slots = protocols.updated(self.protocol, rate, state.step + 1, state.arrays["w"], gradient, slots)
        if not np.isfinite(loss) or not np.isfinite(w).all():
            raise self._diverged(epoch, loss)
        taken, kept = state.step + 1, state.arrays["kept"]
        if taken % self.per_epoch == 0 and taken // self.per_epoch > self.protocol.epochs - self.keep:
            kept = np.concatenate([kept, w[None]])
        arrays = {"w": w, "kept": kept, **{f"slot{k}": slot for k, slot in enumerate(slots)}}
        return State(taken, state.of, taken == state.of, {"loss": loss / len(y)}, arrays)

    def metrics(self, state: State) -> dict[str, float]:
        return {"loss": state.scalars["loss"], "epoch": state.step / self.per_epoch}

    def result(self, state: State):
        """The final w, w after the last epochs, and why training ended."""
        return state.arrays["w"], state.arrays["kept"], "epochs"

    def _order(self, epoch: int) -> np.ndarray:
        if self.order[0] != epoch:
            rows = self.clean if self.protocol.appended else self.clean + self.added
            self.order = epoch, RandomStream(self.seed, "order", epoch).permutation(rows)
        return self.order[1]

    def _gather(self, rows: np.ndarray):
        """The rows of a batch, clean ones first: a mean does not depend on their order."""
        if len(self.chi) == 1:
            return self.chi[0][0][rows], self.chi[0][1][rows]
        parts = rows[rows < self.clean], rows[rows >= self.clean] - self.clean
        return tuple(np.concatenate([self.chi[k][kind][part] for k, part in enumerate(parts)]) for kind in (0, 1))

    def _diverged(self, epoch: int, loss: float) -> Refusal:
        return Refusal(
            grpc.StatusCode.ABORTED,
            f"Training diverged in epoch {epoch + 1} of protocol {self.protocol.id}",
            "Train with a smaller learning rate (stable-sgd), or constrain the poison.",
            "protocol",
            f"loss {loss}",
            "a finite loss",
        )
