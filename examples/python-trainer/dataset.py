"""MNIST's training part, and the digits 1 and 7 of it, from the project's data folder. The test part is never opened.

Rows keep the order of the files; stored values are bytes / 255; labels are class indices (of mnist-1-7: 1 is class 0, 7 is class 1).
"""

import gzip
import hashlib
import os
import pathlib
from typing import NamedTuple

import grpc
import numpy as np

from contract import Refusal, invalid

IMAGES = ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 16)
LABELS = ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 8)
DIGITS = {"mnist": tuple(range(10)), "mnist-1-7": (1, 7)}
FEATURES = 784
# The constants of MNIST in 32 bits, as the other players have them.
MEAN, DEVIATION = (float(np.float32(value)) for value in (0.1307, 0.3081))
SCALINGS = {0: (MEAN, DEVIATION), 1: (MEAN, DEVIATION), 2: (0.5, 0.5), 3: (0.0, 1.0)}


class Dataset(NamedTuple):
    pixels: np.ndarray  # uint8 [rows, 784]
    labels: np.ndarray  # int64 [rows]
    classes: int


def load(name: str, folder: pathlib.Path) -> Dataset:
    """The training part of a data set."""
    if name not in DIGITS:
        raise invalid("game.dataset", name or "(empty)", ", ".join(DIGITS), "Choose one of these.")
    digits = np.array(DIGITS[name])
    pixels = _read(folder / "mnist", *IMAGES).reshape(-1, FEATURES)
    labels = _read(folder / "mnist", *LABELS)
    rows = np.isin(labels, digits)
    return Dataset(pixels if rows.all() else pixels[rows], np.searchsorted(digits, labels[rows]), len(digits))


def to_model_input(stored: np.ndarray, scaling: int) -> np.ndarray:
    """Stored values, or bytes in units of 1/255, as a model sees them: (x - shift) / spread, float32."""
    if scaling not in SCALINGS:
        raise invalid("game.scaling", scaling, "0 to 3", "Choose standardised, symmetric or stored.")
    shift, spread = SCALINGS[scaling]
    if stored.dtype == np.uint8:
        return (((np.arange(256) / 255) - shift) / spread).astype(np.float32)[stored]
    return ((stored.astype(np.float64) - shift) / spread).astype(np.float32)


def data_folder(given: str | None) -> pathlib.Path:
    return pathlib.Path(given or os.environ.get("THERIAC_DATA") or pathlib.Path.home() / ".cache" / "theriac" / "data")


def _read(folder: pathlib.Path, name: str, digest: str, header: int) -> np.ndarray:
    for path, read in ((folder / f"{name}.gz", gzip.decompress), (folder / name, bytes)):
        try:
            content = read(path.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, EOFError) as error:
            raise _damaged(path, str(error)) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise _damaged(path, "its content is not the published one")
        return np.frombuffer(content, np.uint8, offset=header)
    remedy = "Set THERIAC_DATA to the folder that holds mnist/, or let `npx theriac play --dataset mnist` fetch it."
    raise Refusal(grpc.StatusCode.NOT_FOUND, f"{name} is missing in {folder}", remedy, "game.dataset")


def _damaged(path: pathlib.Path, why: str) -> Refusal:
    remedy = "Restore the file from its source."
    return Refusal(grpc.StatusCode.DATA_LOSS, f"{path.name} cannot be used: {why}", remedy, "game.dataset")
