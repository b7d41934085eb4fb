"""The safetensors format: 8 bytes of header length, a JSON header, the data without gaps. Decoding trusts nothing."""

import json
import math
import struct

import numpy as np

NUMPY = {"F32": "<f4", "F64": "<f8", "F16": "<f2", "BF16": "<u2", "I32": "<i4", "I64": "<i8", "U8": "u1"}
NAMES = {np.dtype(form): name for name, form in NUMPY.items() if name != "BF16"}
LARGEST_HEADER = 100_000_000
METADATA = "__metadata__"


def encode(arrays: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> bytes:
    """The widest type first, then by name: equal arrays give equal bytes."""
    header = {METADATA: dict(sorted(metadata.items()))} if metadata else {}
    parts, end = [], 0
    for name, a in sorted(arrays.items(), key=lambda item: (-item[1].itemsize, item[0])):
        parts.append(np.ascontiguousarray(a).tobytes())
        header[name] = {"dtype": NAMES[a.dtype], "shape": a.shape, "data_offsets": [end, end + a.nbytes]}
        end += a.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


def decode(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays (views of `content`; BF16 as float32) and the metadata. ValueError says what is wrong."""
    if len(content) < 10:
        raise ValueError(f"the file has {len(content)} bytes, at least 10 are needed")
    (size,) = struct.unpack("<Q", content[:8])
    if size > min(LARGEST_HEADER, len(content) - 8):
        raise ValueError(f"the header size is {size}, and {len(content) - 8} bytes follow")
    header = _header(content[8 : 8 + size])
    metadata = header.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError("the metadata is not text")
    data, arrays, end = memoryview(content)[8 + size :], {}, 0
    spans = {name: _span(name, entry, len(data)) for name, entry in header.items()}
    for name, (first, last, dtype, shape) in sorted(spans.items(), key=lambda item: item[1][:2]):
        if first != end:
            raise ValueError(f"tensor {name!r} begins at {first}, the one before it ends at {end}")
        arrays[name], end = array_of(dtype, shape, data[first:last]), last
    if end != len(data):
        raise ValueError(f"the file holds {len(data)} bytes of data and its header describes {end}")
    return arrays, metadata


def array_of(dtype: str, shape, data) -> np.ndarray:
    """Packed little-endian values as an array; `data` has the bytes that the shape needs."""
    values = np.frombuffer(data, NUMPY[dtype])
    if dtype == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    return values.reshape(tuple(shape))


def byte_size(dtype: str, shape) -> int:
    return np.dtype(NUMPY[dtype]).itemsize * math.prod(shape)


def _header(text: bytes) -> dict:
    def unique(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError("the header has a name twice")
        return dict(pairs)

    try:
        header = json.loads(text.decode(), object_pairs_hook=unique)
    except RecursionError as error:
        raise ValueError("the header is nested too deeply") from error
    if not isinstance(header, dict):
        raise ValueError("the header is not an object")
    return header


def _span(name: str, entry, available: int):
    entry = entry if isinstance(entry, dict) else {}
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in NUMPY:
        raise ValueError(f"tensor {name!r} has dtype {dtype!r}, known are {', '.join(NUMPY)}")
    if not _sizes(shape) or len(shape) > 8:
        raise ValueError(f"tensor {name!r} has no valid shape of at most 8 axes")
    if not _sizes(offsets) or len(offsets) != 2 or not offsets[0] <= offsets[1] <= available:
        raise ValueError(f"tensor {name!r} has data_offsets {offsets!r}, the file holds {available} bytes of data")
    if offsets[1] - offsets[0] != byte_size(dtype, shape):
        raise ValueError(f"tensor {name!r} spans other bytes than its shape needs")
    return offsets[0], offsets[1], dtype, shape


def _sizes(values) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**53 for value in values)
