"""The state of a long computation, and its encoding: a checkpoint is a safetensors file."""

import json
from typing import NamedTuple

import grpc
import numpy as np

import safetensors_file
from contract import Refusal, invalid

KEY = "python-trainer.state"


class State(NamedTuple):
    step: int
    of: int
    done: bool
    scalars: dict[str, float | int | bool]
    arrays: dict[str, np.ndarray]


def encode(state: State, fingerprint: str) -> bytes:
    """`fingerprint` names the request: everything that determines the result."""
    head = {"fingerprint": fingerprint, **state._asdict()}
    arrays = head.pop("arrays")
    return safetensors_file.encode(arrays, {KEY: json.dumps(head)})


def decode(content: bytes, fingerprint: str) -> State:
    """The state of a checkpoint of this request."""
    try:
        arrays, metadata = safetensors_file.decode(content)
        head = json.loads(metadata[KEY])
    except (ValueError, KeyError) as error:
        allowed = "the state of a checkpoint that this trainer returned"
        raise invalid("resume_from", "no checkpoint", allowed, "Start again without resume_from.") from error
    found = head.pop("fingerprint")
    if found != fingerprint:
        sentence = "The checkpoint belongs to another request"
        remedy = "Resume with the request that made it, or start again without resume_from."
        code = grpc.StatusCode.FAILED_PRECONDITION
        raise Refusal(code, sentence, remedy, "resume_from", found, fingerprint)
    return State(**head, arrays=arrays)
