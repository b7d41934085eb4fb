"""The blobs of this service, in memory: the least recently used ones are forgotten when room is needed."""

import hashlib
import threading
from collections import OrderedDict

import grpc

from contract import Refusal, answering, invalid, tensor, tensor_grpc
from tensors import CHUNK_BYTES, ref_of

BLOB_BYTES, MEMORY_BYTES, MOST_REFS = 256 << 20, 1 << 30, 1024


class BlobStore:
    def __init__(self, blob_bytes: int = BLOB_BYTES, memory_bytes: int = MEMORY_BYTES):
        self.blob_bytes, self.memory_bytes = blob_bytes, memory_bytes
        self.lock, self.contents, self.used = threading.Lock(), OrderedDict(), 0

    def put(self, content: bytes):
        """Holds a content and names it."""
        ref = ref_of(content)
        self.hold(ref, content)
        return ref

    def hold(self, ref, content: bytes):
        with self.lock:
            if ref.sha256 not in self.contents:
                self.contents[ref.sha256] = content
                self.used += len(content)
            while self.used > self.memory_bytes and len(self.contents) > 1:
                self.used -= len(self.contents.popitem(last=False)[1])

    def has(self, ref) -> bool:
        with self.lock:
            return self._touch(ref) is not None

    def get(self, ref, field: str = "ref") -> bytes:
        """The content. NOT_FOUND naming `field` when it is not held."""
        require_ref(ref, field)
        with self.lock:
            content = self._touch(ref)
        if content is None:
            remedy = "Put it to this service by BlobsService.Put and repeat the call."
            name = ref.sha256.hex()
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"{field}: blob {name[:12]} is not held", remedy, field, name)
        return content

    def _touch(self, ref):
        content = self.contents.get(ref.sha256)
        if content is None or len(content) != ref.size:
            return None
        self.contents.move_to_end(ref.sha256)
        return content


class BlobsService(tensor_grpc.BlobsServiceServicer):
    def __init__(self, store: BlobStore):
        self.store = store

    @answering
    def Find(self, request, context):
        if len(request.refs) > MOST_REFS:
            raise invalid("refs", f"{len(request.refs)} references", f"at most {MOST_REFS}", "Ask in parts.")
        for at, ref in enumerate(request.refs):
            require_ref(ref, f"refs[{at}]")
        return tensor.FindResponse(missing=[ref for ref in request.refs if not self.store.has(ref)])

    @answering
    def Get(self, request, context):
        content = self.store.get(request.ref)
        if not 0 <= request.offset <= len(content):
            raise invalid(
                "offset", request.offset, f"0 to the blob's size {len(content)}", "Ask for bytes that are there."
            )
        for start in range(request.offset, len(content), CHUNK_BYTES):
            yield tensor.GetResponse(chunk=content[start : start + CHUNK_BYTES])

    @answering
    def Put(self, requests, context):
        first = next(requests, None)
        if first is None or first.WhichOneof("part") != "ref":
            raise invalid("part", "no ref", "ref in the first message", "Name the blob first.")
        ref = first.ref
        require_ref(ref, "ref")
        if ref.size > self.store.blob_bytes:
            allowed = f"at most {self.store.blob_bytes} bytes"
            code = grpc.StatusCode.RESOURCE_EXHAUSTED
            raise Refusal(code, "the blob is too large", "Send less.", "ref.size", f"{ref.size} bytes", allowed)
        if not self.store.has(ref):
            self.store.hold(ref, received(ref, requests))
        return tensor.PutResponse(ref=ref)


def received(ref, requests) -> bytes:
    """The content that follows a reference, verified."""
    content, digest = bytearray(), hashlib.sha256()
    announced = f"exactly the {ref.size} bytes announced"
    for request in requests:
        if request.WhichOneof("part") != "chunk":
            raise invalid("part", request.WhichOneof("part"), "chunk in every message but the first", "Send chunks.")
        if not 0 < len(request.chunk) <= CHUNK_BYTES:
            raise invalid("chunk", f"{len(request.chunk)} bytes", f"1 to {CHUNK_BYTES} bytes", "Cut the content so.")
        content += request.chunk
        digest.update(request.chunk)
        if len(content) > ref.size:
            break
    if len(content) != ref.size:
        raise invalid("chunk", f"{len(content)} bytes in all", announced, "Send the blob again.")
    if digest.digest() != ref.sha256:
        sentence, remedy = "The content does not have the digest announced", "Send the blob again."
        found, allowed = digest.hexdigest(), ref.sha256.hex()
        raise Refusal(grpc.StatusCode.DATA_LOSS, sentence, remedy, "ref.sha256", found, allowed)
    return bytes(content)


def require_ref(ref, field: str):
    if len(ref.sha256) != 32:
        raise invalid(f"{field}.sha256", f"{len(ref.sha256)} bytes", "exactly 32 bytes", "Send the SHA-256.")
    if ref.size < 0:
        raise invalid(f"{field}.size", ref.size, "an integer >= 0", "Send the size in bytes.")
