"""What lies in an exported run directory: JSON and safetensors (github.com/huggingface/safetensors, "Format")."""
import hashlib
import json
import os
import struct

import numpy as np

TYPES = {"F32": np.float32, "F64": np.float64, "I32": np.int32, "I64": np.int64, "U8": np.uint8}


class Unreadable(Exception):
    """The folder, or one of its files, is not what it should be."""


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def read_safetensors(content, name):
    """Arrays by name. Unreadable where header, offsets and file do not agree."""
    try:
        (size,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + size].decode("utf-8"))
        data = content[8 + size :]
        arrays, spans = {}, []
        for key, entry in header.items():
            if key == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            kind = np.dtype(TYPES[entry["dtype"]]).newbyteorder("<")
            if end - begin != kind.itemsize * int(np.prod(entry["shape"], dtype=np.int64)) or not 0 <= begin <= end:
                raise Unreadable(f"{name}: tensor {key} does not span what its shape says")
            arrays[key] = np.frombuffer(data[begin:end], kind).reshape(entry["shape"])
            spans.append((begin, end))
        edges = sorted(spans)
        if [begin for begin, _ in edges] != [0, *(end for _, end in edges)][: len(edges)] or edges[-1][1] != len(data):
            raise Unreadable(f"{name}: tensors overlap, leave gaps or end before the file does")
        return arrays
    except (struct.error, ValueError, KeyError, TypeError, IndexError) as error:
        raise Unreadable(f"{name} is no safetensors file ({type(error).__name__}: {error})") from error


class Run:
    """manifest.json, card.json, poison.json and the tensors of a run."""

    def __init__(self, folder):
        self.folder = folder
        self.manifest_bytes = self.read("manifest.json")
        self.manifest = self.json("manifest.json")
        self.card = self.json("card.json")
        self.has_attack = self.manifest.get("attack") is not None
        self.poison_record = self.json("poison.json") if self.has_attack else None
        self.poison_bytes = self.read("poison.safetensors") if self.has_attack else None

    def read(self, name):
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                return file.read()
        except OSError as error:
            raise Unreadable(f"{name} cannot be read: {error.strerror}") from error

    def json(self, name):
        try:
            value = json.loads(self.read(name).decode("utf-8"))
        except ValueError as error:
            raise Unreadable(f"{name} is no JSON: {error}") from error
        if not isinstance(value, dict):
            raise Unreadable(f"{name} is no JSON object")
        return value

    def poison(self):
        """x [m, d] in stored units, y [m], base [m] or None."""
        arrays = read_safetensors(self.poison_bytes, "poison.safetensors")
        if "x" not in arrays or "y" not in arrays or arrays["x"].ndim != 2 or len(arrays["x"]) != len(arrays["y"]):
            raise Unreadable("poison.safetensors does not hold x [m, d] and y [m]")
        return arrays["x"].astype(np.float32), arrays["y"].astype(np.int64), arrays.get("base")

    def parameters(self, name):
        """The flat vector of a file, or None where the file is not there."""
        if not os.path.exists(os.path.join(self.folder, name)):
            return None
        return read_safetensors(self.read(name), name)["parameters"].astype(np.float32).reshape(-1)
