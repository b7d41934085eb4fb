"""The training part of MNIST, of its digits 1 and 7, and of the synthetic digits. The test part is never opened.

Rows keep the order of the files; stored values are bytes / 255; labels are class indices (of mnist-1-7: 1 is class 0,
7 is class 1).
"""

import gzip
import hashlib
import os
import pathlib
from collections.abc import Callable
from typing import NamedTuple

import grpc
import numpy as np

import synthetic_digits
from contract import Refusal, invalid

IMAGES = ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 16)
LABELS = ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 8)
DIGITS = {"mnist": tuple(range(10)), "mnist-1-7": (1, 7)}
SYNTHETIC = "synthetic-digits"
NAMES = (*DIGITS, SYNTHETIC)
FEATURES = 784
MNIST_MOMENTS, SYNTHETIC_MOMENTS = (0.1307, 0.3081), (synthetic_digits.MEAN, synthetic_digits.DEVIATION)


class Dataset(NamedTuple):
    count: int
    classes: int
    moments: tuple[float, float]  # mean and deviation of stored values
    first: Callable[[int], tuple[np.ndarray, np.ndarray]]  # rows -> pixels uint8 [rows, 784], labels int64 [rows]


def load(name: str, folder: pathlib.Path) -> Dataset:
    """The training part of a data set."""
    if name == SYNTHETIC:
        rows, classes = synthetic_digits.ROWS, synthetic_digits.CLASSES
        return Dataset(rows, classes, SYNTHETIC_MOMENTS, synthetic_digits.training_rows)
    if name not in DIGITS:
        raise invalid("game.dataset", name or "(empty)", ", ".join(NAMES), "Choose one of these.")
    digits = np.array(DIGITS[name])
    pixels = _read(folder / "mnist", *IMAGES).reshape(-1, FEATURES)
    labels = _read(folder / "mnist", *LABELS)
    rows = np.isin(labels, digits)
    pixels, labels = pixels if rows.all() else pixels[rows], np.searchsorted(digits, labels[rows])
    return Dataset(len(labels), len(digits), MNIST_MOMENTS, lambda count: (pixels[:count], labels[:count]))


def to_model_input(stored: np.ndarray, scaling: int, moments: tuple[float, float]) -> np.ndarray:
    """Stored values, or bytes in units of 1/255, as a model sees them: (x - shift) / spread, float32."""
    scalings = {0: moments, 1: moments, 2: (0.5, 0.5), 3: (0.0, 1.0)}
    if scaling not in scalings:
        raise invalid("game.scaling", scaling, "0 to 3", "Choose standardised, symmetric or stored.")
    # Constants of 32 bits, as the other players have them.
    shift, spread = (float(np.float32(value)) for value in scalings[scaling])
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
