"""Clean data from the data set's own files: rows, labels, units, digest. Nothing but numpy reads them."""
import gzip
import io
import os
import re
import tarfile
import zipfile

import numpy as np

from exported import Unreadable, sha256
from streams import Stream


class NotHere(Exception):
    """These data cannot be read by this program, or are not on this machine."""


class Dataset:
    """Rows in stored units (bytes are value / 255), train and test; `range` is None where values are not bounded."""

    def __init__(self, train, test, shape, classes, digest, bounds, mean, sd):
        self.train_stored, self.train_labels = train
        self.test_stored, self.test_labels = test
        self.shape, self.classes, self.digest, self.range = shape, classes, digest, bounds
        self.mean, self.sd = np.asarray(mean, np.float32), np.asarray(sd, np.float32)
        self.features = int(np.prod(shape))

    def affine(self, scaling):
        """Model input = (stored - shift) / spread, [features] each."""
        shift, spread = {
            "standardised": (self.mean, self.sd),
            "symmetric": (np.float32([0.5]), np.float32([0.5])),
            "stored": (np.float32([0]), np.float32([1])),
        }[scaling]
        fill = lambda values: np.resize(values.astype(np.float64), self.features)
        return fill(shift), fill(spread)


def units(stored):
    """Stored values as float64."""
    return stored / 255.0 if stored.dtype == np.uint8 else stored.astype(np.float64)


def model_input(stored, affine):
    shift, spread = affine
    return ((units(stored) - shift) / spread).astype(np.float32)


def load(name, folder):
    """NotHere where that is impossible."""
    if name.startswith("path:"):
        return own_arrays(name[len("path:") :])
    readers = {"mnist": mnist, "mnist-1-7": mnist_1_7, "cifar-10": cifar_10, "spambase": spambase}
    if name not in readers:
        raise NotHere(f"data set {name} is not one that this program reads ({', '.join(readers)}, path:*.npz)")
    if folder is None:
        raise NotHere("no folder of data sets: set THERIAC_DATA or name one with --data")
    return readers[name](folder)


def content(folder, path):
    """Of `path`, which may lie compressed."""
    for name, opened in ((path + ".gz", gzip.open), (path, open)):
        if os.path.exists(os.path.join(folder, name)):
            with opened(os.path.join(folder, name), "rb") as file:
                return file.read()
    raise NotHere(f"{path} is not in {folder}")


def idx(data, rank):
    sizes = [int.from_bytes(data[4 + 4 * k : 8 + 4 * k], "big") for k in range(rank)]
    if int.from_bytes(data[:4], "big") != 0x0800 + rank or len(data) != 4 + 4 * rank + int(np.prod(sizes)):
        raise Unreadable("an IDX file of MNIST is damaged")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(sizes)


def mnist(folder):
    names = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]
    paths = [f"mnist/{name}-ubyte" for name in names]
    files = [content(folder, path) for path in paths]
    digest = sha256("".join(f"{sha256(data)}  {path}\n" for data, path in zip(files, paths)).encode())
    images, labels, test_images, test_labels = (idx(data, rank) for data, rank in zip(files, (3, 1, 3, 1)))
    train, test = (images.reshape(-1, 784), labels), (test_images.reshape(-1, 784), test_labels)
    return Dataset(train, test, [28, 28, 1], 10, digest, (0, 1), [0.1307], [0.3081])


def mnist_1_7(folder):
    whole = mnist(folder)

    def pick(stored, labels):
        rows = np.isin(labels, (1, 7))
        return stored[rows], (labels[rows] == 7).astype(np.uint8)

    train = pick(whole.train_stored, whole.train_labels)
    test = pick(whole.test_stored, whole.test_labels)
    digest = sha256(f"{whole.digest}  digits 1,7\n".encode())
    return Dataset(train, test, whole.shape, 2, digest, (0, 1), [0.1307], [0.3081])


def cifar_10(folder):
    names = [f"data_batch_{k}.bin" for k in range(1, 6)] + ["test_batch.bin"]
    archive = os.path.join(folder, "cifar-10-binary.tar.gz")
    inside = next((f for f in ("cifar-10", "cifar-10-batches-bin") if os.path.isdir(os.path.join(folder, f))), None)
    if inside is not None:
        files = [content(os.path.join(folder, inside), name) for name in names]
    elif os.path.exists(archive):
        with tarfile.open(archive) as tar:
            members = {os.path.basename(member.name): member for member in tar.getmembers()}
            files = [tar.extractfile(members[name]).read() for name in names]
    else:
        raise NotHere(f"cifar-10 is not in {folder}")
    digest = sha256("".join(f"{sha256(data)}  {name}\n" for data, name in zip(files, names)).encode())
    records = [np.frombuffer(data, np.uint8).reshape(-1, 3073) for data in files]
    images = lambda batch: batch[:, 1:].reshape(-1, 3, 1024).transpose(0, 2, 1).reshape(-1, 3072)
    train = np.concatenate(records[:5])
    parts = [(images(batch), batch[:, 0]) for batch in (train, records[5])]
    return Dataset(*parts, [32, 32, 3], 10, digest, (0, 1), [0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.201])


def spambase(folder):
    path = "spambase/spambase.data"
    data = content(folder, path)
    digest = sha256(f"{sha256(data)}  {path}\n".encode())
    table = np.array([line.split(",") for line in data.decode("latin1").split()], dtype=np.float64)
    stored, labels = table[:, :57].astype(np.float32), table[:, 57].astype(np.uint8)
    train, test = [], []
    for label in (0, 1):
        members = np.flatnonzero(labels == label)
        members = members[Stream(0, "spambase", "split", f"class {label}").permutation(len(members))]
        cut = int(2 * len(members) / 3 + 0.5)
        train.extend(members[:cut])
        test.extend(members[cut:])
    train = np.array(train)[Stream(0, "spambase", "split", "train").permutation(len(train))]
    test = np.array(test)[Stream(0, "spambase", "split", "test").permutation(len(test))]
    mean, sd = moments(stored[train], 57)
    return Dataset((stored[train], labels[train]), (stored[test], labels[test]), [57], 2, digest, None, mean, sd)


def own_arrays(path):
    """x_train, y_train, x_test, y_test of a .npz; without a test part a fifth of each class is held out by a fixed seed."""
    if not path.endswith(".npz") or not os.path.exists(path):
        raise NotHere(f"{path}: of data of one's own, this program reads .npz files")
    names = ("x_train", "y_train", "x_test", "y_test", "x", "y")
    try:
        with zipfile.ZipFile(path) as archive:
            found = {re.sub(r"\.npy$", "", os.path.basename(name)): archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise Unreadable(f"{path} is damaged: {error}") from error
    found = {name: data for name, data in found.items() if name in names}
    listing = "".join(f"{sha256(data)}  {name}\n" for name, data in sorted(found.items()))
    digest = sha256(f"{sha256(listing.encode())}  rows shuffled 1\n".encode())
    arrays = {name: np.load(io.BytesIO(data), allow_pickle=False) for name, data in found.items()}
    part = "_train" if "x_train" in arrays else ""
    x, labels = arrays[f"x{part}"], arrays[f"y{part}"].reshape(-1).astype(np.uint8)
    shape = list(x.shape[1:]) + ([1] if x.ndim == 3 else [])
    stored = x.reshape(len(x), -1) if x.dtype == np.uint8 else x.reshape(len(x), -1).astype(np.float32)
    if part and "x_test" in arrays:
        train = np.arange(len(x))
        test = (arrays["x_test"].reshape(len(arrays["x_test"]), -1).astype(stored.dtype), arrays["y_test"].reshape(-1))
    else:
        held = []
        for label in range(int(labels.max()) + 1):
            rows = np.flatnonzero(labels == label)
            order = Stream(0, "rows", "own", "hold-out", label).permutation(len(rows))
            held.extend(rows[order[: max(1, int(0.2 * len(rows) + 0.5))]])
        held = np.sort(np.array(held))
        train = np.setdiff1d(np.arange(len(x)), held)
        test = (stored[held], labels[held])
    train = train[Stream(0, "rows", "own", "train").permutation(len(train))]
    image = len(shape) == 3
    bounds = (0, 1) if image or x.dtype == np.uint8 else None
    mean, sd = moments(stored[train], shape[2] if image else stored.shape[1])
    return Dataset((stored[train], labels[train]), test, shape, int(labels.max()) + 1, digest, bounds, mean, sd)


def moments(stored, period):
    """Mean and deviation (population form) of each channel or feature; 1 for one that never varies."""
    values = units(stored).reshape(-1, period)
    deviation = values.std(axis=0)
    return values.mean(axis=0).astype(np.float32), np.where(deviation > 0, deviation, 1).astype(np.float32)
