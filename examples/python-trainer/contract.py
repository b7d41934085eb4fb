"""The contract from the .proto files, as the client beside this folder has it, and what a refused call carries."""

import functools
import inspect
import logging
import pathlib
import sys

import grpc

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "python-client"))

from stubs import game, tensor, tensor_grpc, trainer, trainer_grpc  # noqa: E402, F401

VERSION = "theriac.v1"
ERROR_KEY = "theriac-error-bin"
log = logging.getLogger("python-trainer")


class Refusal(Exception):
    """A call that cannot be answered: a gRPC status with the ErrorInfo of the contract."""

    def __init__(self, code: grpc.StatusCode, sentence: str, remedy: str, field="", found="", allowed="", retry=0.0):
        parts = [sentence, f"found: {found}" if found else "", f"allowed: {allowed}" if allowed else ""]
        super().__init__("; ".join(part for part in parts if part) + f". {remedy}")
        self.code = code
        self.info = game.ErrorInfo(
            field=field, found=str(found)[:500], allowed=allowed[:500], remedy=remedy, retry_after_seconds=retry
        )


def invalid(field: str, found, allowed: str, remedy: str) -> Refusal:
    """INVALID_ARGUMENT naming the field. The caller raises it."""
    found = str(found)[:120]
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"{field} is not usable", remedy, field, found, allowed)


def require_within(value: float, least: float, most: float, field: str) -> float:
    """`value`, if it is a number from `least` to `most`."""
    if not least <= value <= most:
        raise invalid(field, value, f"a number from {least} to {most}", "Choose a value in this range.")
    return value


def refuse(context, error: Exception):
    """Ends a call that failed."""
    if not context.is_active():
        context.abort(grpc.StatusCode.CANCELLED, "The caller went away.")
    if not isinstance(error, Refusal):
        log.error("a call failed", exc_info=error)
        context.abort(grpc.StatusCode.INTERNAL, "The service failed on this call; its log says why.")
    context.set_trailing_metadata(((ERROR_KEY, error.info.SerializeToString()),))
    context.abort(error.code, str(error)[:2000])


def answering(method):
    """A method, unary or streaming, whose refusals become statuses; of others the caller hears that they happened."""

    @functools.wraps(method)
    def unary(self, request, context):
        try:
            return method(self, request, context)
        except Exception as error:
            refuse(context, error)

    @functools.wraps(method)
    def streaming(self, request, context):
        try:
            yield from method(self, request, context)
        except Exception as error:
            refuse(context, error)

    return streaming if inspect.isgeneratorfunction(method) else unary


class Cancelled(Exception):
    """The caller cancelled, or its deadline passed."""


def alive(context):
    """What long work calls between its parts: raises Cancelled when nobody waits for the answer any more."""

    def check():
        if not context.is_active():
            raise Cancelled

    return check
