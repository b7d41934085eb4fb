"""numpy arrays as tensors of the contract: inline when small, else as a safetensors file in the service's blob store."""

import hashlib
import json
import struct

import numpy as np

from stubs import tensor as pb
from stubs import tensor_grpc

INLINE_BYTES = 1 << 20
CHUNK_BYTES = 1 << 20
TYPES = {"float32": (pb.DATA_TYPE_F32, "F32"), "int32": (pb.DATA_TYPE_I32, "I32")}
NUMPY = {"F32": "<f4", "I32": "<i4", pb.DATA_TYPE_F32: "<f4", pb.DATA_TYPE_I32: "<i4"}


class Blobs:
    """The blob store that every service has beside its own methods."""

    def __init__(self, channel):
        self.stub = tensor_grpc.BlobsServiceStub(channel)

    def put(self, content: bytes):
        ref = pb.BlobRef(sha256=hashlib.sha256(content).digest(), size=len(content))
        if not self.stub.Find(pb.FindRequest(refs=[ref])).missing:
            return ref

        def parts():
            yield pb.PutRequest(ref=ref)
            for start in range(0, len(content), CHUNK_BYTES):
                yield pb.PutRequest(chunk=content[start : start + CHUNK_BYTES])

        return self.stub.Put(parts()).ref

    def get(self, ref, offset: int = 0) -> bytes:
        content = b"".join(r.chunk for r in self.stub.Get(pb.GetRequest(ref=ref, offset=offset)))
        if offset == 0:
            assert hashlib.sha256(content).digest() == ref.sha256, "the blob is not what its name says"
        return content

    def bundle(self, **arrays: np.ndarray):
        """Named arrays as a TensorBundle."""
        if sum(a.nbytes for a in arrays.values()) > INLINE_BYTES:
            return pb.TensorBundle(blob=self.put(safetensors(arrays)))
        tensors = [
            pb.Tensor(name=name, data_type=TYPES[str(a.dtype)][0], shape=a.shape, data=a.tobytes())
            for name, a in arrays.items()
        ]
        return pb.TensorBundle(inline=pb.TensorList(tensors=tensors))

    def arrays(self, bundle) -> dict[str, np.ndarray]:
        """A TensorBundle as named arrays."""
        if bundle.WhichOneof("source") == "blob":
            return from_safetensors(self.get(bundle.blob))
        return {
            t.name: np.frombuffer(t.data, NUMPY[t.data_type]).reshape(tuple(t.shape)) for t in bundle.inline.tensors
        }


def safetensors(arrays: dict[str, np.ndarray]) -> bytes:
    """8 bytes of header length, a JSON header, the data."""
    header, data = {}, b""
    for name, a in arrays.items():
        end = len(data) + a.nbytes
        header[name] = {"dtype": TYPES[str(a.dtype)][1], "shape": a.shape, "data_offsets": [len(data), end]}
        data += a.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def from_safetensors(content: bytes) -> dict[str, np.ndarray]:
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    data = content[8 + size :]
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], NUMPY[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }
