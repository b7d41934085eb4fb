"""Compiles the .proto files and imports what comes out. This is all that a client in another language needs."""

import importlib
import pathlib
import sys
import tempfile

from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"


def _compile(out: str) -> str:
    files = [str(path.relative_to(PROTO)) for path in sorted(PROTO.rglob("*.proto"))]
    code = protoc.main(["protoc", f"-I{PROTO}", f"--python_out={out}", f"--grpc_python_out={out}", *files])
    if code != 0:
        raise SystemExit(f"protoc could not compile {PROTO}")
    return out


_generated = tempfile.TemporaryDirectory(prefix="theriac-python-")
sys.path.insert(0, _compile(_generated.name))
game = importlib.import_module("theriac.v1.game_pb2")
tensor = importlib.import_module("theriac.v1.tensor_pb2")
tensor_grpc = importlib.import_module("theriac.v1.tensor_pb2_grpc")
trainer = importlib.import_module("theriac.v1.trainer_pb2")
trainer_grpc = importlib.import_module("theriac.v1.trainer_pb2_grpc")
