"""grpc.health.v1 by hand: field 1 of a request names a service, of an answer 1 (serving), 2 (not) or 3 (unknown)."""

import grpc

NAMES = ("", "theriac.v1.TrainerService", "theriac.v1.BlobsService")
WATCH_SECONDS = 0.5


def health_handler(draining):
    """The handler of health checks; `draining` is an event."""

    def status() -> bytes:
        return b"\x08\x02" if draining.is_set() else b"\x08\x01"

    def name_of(request: bytes) -> str:
        return request[2:].decode(errors="replace") if request[:1] == b"\x0a" else ""

    def check(request, context):
        if name_of(request) not in NAMES:
            context.abort(grpc.StatusCode.NOT_FOUND, "There is no such service here.")
        return status()

    def watch(request, context):
        known = name_of(request) in NAMES
        yield status() if known else b"\x08\x03"
        while context.is_active() and not draining.wait(WATCH_SECONDS):
            pass
        if known:
            yield status()

    methods = {
        "Check": grpc.unary_unary_rpc_method_handler(check),
        "Watch": grpc.unary_stream_rpc_method_handler(watch),
    }
    return grpc.method_handlers_generic_handler("grpc.health.v1.Health", methods)
