"""What a GameSpec and poison name, loaded: mu, the model and nu in model-input space, and the mixture chi of both."""

import pathlib
import threading
from collections import OrderedDict
from typing import NamedTuple

import numpy as np

import dataset
from bundles import Bundles
from contract import invalid
from network import Network

# Hidden widths, and the slope of the activation where its input is negative.
MODELS = {"lr": ([], 0.0), "nn-gc": ([128], 0.0), "nn-tgda": ([784, 784], 0.2)}
ADDED, REPLACED = "added", "replaced"
PLACEMENTS = {0: ADDED, 1: ADDED, 2: REPLACED}


class Board(NamedTuple):
    x: np.ndarray  # mu: float32 [rows, features], model input
    y: np.ndarray  # int64 [rows]
    network: Network
    scaling: int
    moments: tuple[float, float]  # of stored values


class Poison(NamedTuple):
    x: np.ndarray  # nu: float32 [rows, features], model input
    y: np.ndarray  # int64 [rows]
    base: np.ndarray | None  # the rows of mu whose place nu takes; None: nu is added


class Boards:
    """Boards of games; the scaled rows of the last two are kept."""

    def __init__(self, folder: pathlib.Path, kept: int = 2):
        self.folder, self.kept = folder, kept
        self.lock, self.rows = threading.Lock(), OrderedDict()
        self.last = ("", None)

    def find(self, spec) -> Board:
        """The board of a GameSpec; what is wrong with it is refused by field."""
        if spec.model not in MODELS:
            raise invalid("game.model", spec.model or "(empty)", ", ".join(MODELS), "Choose one of these.")
        with self.lock:
            x, y, data = self._rows(spec.dataset, spec.train_limit, spec.scaling)
        held = spec.validation_count
        if not 0 <= held < len(y):
            allowed = f"0 to {len(y) - 1} of the {len(y)} training rows"
            raise invalid("game.validation_count", held, allowed, "Hold fewer rows out.")
        hidden, slope = MODELS[spec.model]
        rows = len(y) - held
        return Board(
            x[:rows], y[:rows], Network([x.shape[1], *hidden, data.classes], slope), spec.scaling, data.moments
        )

    def _data(self, name: str) -> dataset.Dataset:
        if self.last[0] != name:
            self.last = (name, dataset.load(name, self.folder))
        return self.last[1]

    def _rows(self, name: str, limit: int, scaling: int):
        key = (name, limit, scaling)
        if key not in self.rows:
            data = self._data(name)
            if not 0 <= limit <= data.count:
                allowed = f"0 for all, or 1 to {data.count}"
                raise invalid("game.train_limit", limit, allowed, "Ask for rows that are there.")
            pixels, labels = data.first(limit or data.count)
            self.rows[key] = dataset.to_model_input(pixels, scaling, data.moments), labels, data
        self.rows.move_to_end(key)
        while len(self.rows) > self.kept:
            self.rows.popitem(last=False)
        return self.rows[key]


def read_poison(message, board: Board, bundles: Bundles) -> Poison:
    """The poison of a message, checked against the game."""
    placement = PLACEMENTS.get(message.placement)
    if placement is None:
        raise invalid("poison.placement", message.placement, "added or replaced", "Choose one of these.")
    arrays = bundles.read(message.rows, "poison.rows")
    y = arrays.integers("y")
    x, rows, features = arrays.floats("x"), len(y), board.network.features
    if x.ndim == 0 or len(x) != rows or x.size != rows * features:
        allowed = f"{rows} rows of {features} features"
        raise invalid("poison.rows.x", f"shape {list(x.shape)}", allowed, "Send one row of features per label.")
    if rows and not (0 <= y.min() and y.max() < board.network.classes):
        raise invalid(
            "poison.rows.y", f"{y.min()} to {y.max()}", f"0 to {board.network.classes - 1}", "Correct the labels."
        )
    base = _base(arrays.integers("base"), rows, len(board.y)) if placement == REPLACED else None
    return Poison(dataset.to_model_input(x.reshape(rows, features), board.scaling, board.moments), y, base)


def _base(base: np.ndarray, rows: int, clean: int) -> np.ndarray:
    if len(base) == rows == len(np.unique(base)) and ((0 <= base) & (base < clean)).all():
        return base
    allowed = f"{rows} distinct training rows from 0 to {clean - 1}"
    raise invalid("poison.rows.base", f"{len(base)} rows", allowed, "Name each row that poison replaces, once.")


def mixture(board: Board, poison: Poison | None) -> list[tuple[np.ndarray, np.ndarray]]:
    """chi as blocks (x, y): mu, then nu; where nu replaces, mu with nu in it."""
    if poison is None:
        return [(board.x, board.y)]
    if poison.base is None:
        return [(board.x, board.y), (poison.x, poison.y)]
    x, y = board.x.copy(), board.y.copy()
    x[poison.base], y[poison.base] = poison.x, poison.y
    return [(x, y)]
