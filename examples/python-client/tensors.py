"""numpy arrays as tensors of the contract: inline when small, else a safetensors file in the blob store."""

import hashlib

import numpy as np

import safetensors_file
from stubs import tensor as pb
from stubs import tensor_grpc

INLINE_BYTES = 1 << 20
CHUNK_BYTES = 1 << 20
TYPE_NAMES = {value: name.removeprefix("DATA_TYPE_") for name, value in pb.DataType.items() if value != 0}
TYPE_VALUES = {name: value for value, name in TYPE_NAMES.items()}


class Blobs:
    """The blob store that every service has beside its own methods."""

    def __init__(self, channel):
        self.stub = tensor_grpc.BlobsServiceStub(channel)

    def put(self, content: bytes):
        ref = ref_of(content)
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
        return bundle_of(arrays, self.put)

    def arrays(self, bundle) -> dict[str, np.ndarray]:
        """A TensorBundle as named arrays."""
        if bundle.WhichOneof("source") == "blob":
            return safetensors_file.decode(self.get(bundle.blob))[0]
        return {
            t.name: safetensors_file.array_of(TYPE_NAMES[t.data_type], t.shape, t.data) for t in bundle.inline.tensors
        }


def ref_of(content: bytes):
    """The name of a content."""
    return pb.BlobRef(sha256=hashlib.sha256(content).digest(), size=len(content))


def bundle_of(arrays: dict[str, np.ndarray], put):
    """Named arrays as a TensorBundle: inline, or as a blob which `put` takes and names."""
    if sum(a.nbytes for a in arrays.values()) > INLINE_BYTES:
        return pb.TensorBundle(blob=put(safetensors_file.encode(arrays)))
    tensors = [
        pb.Tensor(name=name, data_type=TYPE_VALUES[safetensors_file.NAMES[a.dtype]], shape=a.shape, data=a.tobytes())
        for name, a in arrays.items()
    ]
    return pb.TensorBundle(inline=pb.TensorList(tensors=tensors))
