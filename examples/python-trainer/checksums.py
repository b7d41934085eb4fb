"""Checksums of the messages of a call, so that a flipped bit never becomes a wrong number over plaintext.

A caller that knows them announces them by metadata `theriac-crc32: WORD`, and is answered with the same. Each message
then ends with field 2047, a fixed32 that other readers skip: the CRC-32 of "METHOD WORD request" (or "response") and
of all messages of that direction so far. Refusals are signed in the same way.
"""

import struct
import zlib

import grpc
from google.protobuf.message import DecodeError

from contract import ERROR_KEY, Refusal, refuse

KEY, TAG, TAIL_BYTES = "theriac-crc32", b"\xfd\x7f", 6


class Chain:
    """The messages of one direction of one call, in their order; `context` is what both sides know."""

    def __init__(self, context: str):
        self.sum = zlib.crc32(context.encode())

    def seal(self, message: bytes) -> bytes:
        self.sum = zlib.crc32(message, self.sum)
        return message + TAG + struct.pack("<I", self.sum)

    def open(self, message: bytes) -> bytes:
        """The message without its checksum; DATA_LOSS where it is not right."""
        content = message[:-TAIL_BYTES]
        if self.seal(content) != message:
            sentence = "A message of the call does not have the checksum it was sent with"
            raise Refusal(grpc.StatusCode.DATA_LOSS, sentence, "Repeat the call.")
        return content


class SealedCall:
    """The context of a call whose messages have checksums."""

    def __init__(self, context, path: str, word: str, handler):
        self.context, self.name, self.handler, self.info = context, f"{path} {word}", handler, b""
        self.requests, self.responses = Chain(f"{self.name} request"), Chain(f"{self.name} response")
        context.send_initial_metadata(((KEY, word),))

    def read(self, message: bytes):
        try:
            return self.handler.request_deserializer(self.requests.open(message))
        except DecodeError as error:
            remedy = "Encode it as the .proto files of this version say."
            raise Refusal(grpc.StatusCode.INTERNAL, "The request is no message of the method", remedy) from error

    def write(self, response) -> bytes:
        return self.responses.seal(self.handler.response_serializer(response))

    def is_active(self) -> bool:
        return self.context.is_active()

    def set_trailing_metadata(self, metadata):
        self.info = dict(metadata).get(ERROR_KEY, b"")

    def abort(self, code: grpc.StatusCode, details: str):
        signed = Chain(f"{self.name} {code.value[0]} {details}").seal(self.info)
        self.context.set_trailing_metadata(((ERROR_KEY, signed),))
        self.context.abort(code, details)


class Checksums(grpc.ServerInterceptor):
    """Reads and writes checksums where the caller announces them."""

    def intercept_service(self, continuation, details):
        handler = continuation(details)
        word = dict(details.invocation_metadata).get(KEY)
        if handler is None or word is None or not details.method.startswith("/theriac."):
            return handler
        return sealed(handler, details.method, word)


def sealed(handler, path: str, word: str):
    """The handler of a call of this word: messages arrive and leave as bytes."""

    def unary(message, context):
        call = SealedCall(context, path, word, handler)
        return call.write(handler.unary_unary(received(call, message), call))

    def streaming_out(message, context):
        call = SealedCall(context, path, word, handler)
        for response in handler.unary_stream(received(call, message), call):
            yield call.write(response)

    def streaming_in(messages, context):
        call = SealedCall(context, path, word, handler)
        return call.write(handler.stream_unary((call.read(message) for message in messages), call))

    if handler.unary_unary:
        return grpc.unary_unary_rpc_method_handler(unary)
    if handler.unary_stream:
        return grpc.unary_stream_rpc_method_handler(streaming_out)
    return grpc.stream_unary_rpc_method_handler(streaming_in)


def received(call: SealedCall, message: bytes):
    """The request of a call, or the end of the call where it arrived damaged."""
    try:
        return call.read(message)
    except Refusal as error:
        refuse(call, error)
