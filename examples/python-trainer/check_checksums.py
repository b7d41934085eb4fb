"""Flips bits of calls to a trainer: python check_checksums.py unix:/tmp/trainer.sock. Each must be found."""

import sys

import grpc

from checksums import KEY, Chain
from contract import ERROR_KEY, Refusal, game, trainer

PATH = "/theriac.v1.TrainerService/"
INFO, UNKNOWN = "Describe", "CloseSession"


def asked(channel, method: str, message: bytes, word: str):
    """The answer, or the failed call, of a request sent as it is."""
    try:
        call = channel.unary_unary(PATH + method).with_call(message, metadata=((KEY, word),), timeout=30)
        return call[0], dict(call[1].initial_metadata()).get(KEY)
    except grpc.RpcError as error:
        return error, None


def main(address: str) -> int:
    wrong = []
    with grpc.insecure_channel(address) as channel:
        grpc.channel_ready_future(channel).result(30)
        request = trainer.CloseSessionRequest(session_id="nobody").SerializeToString()

        message = Chain(f"{PATH}{INFO} w request").seal(b"")
        answer, echo = asked(channel, INFO, message, "w")
        content = Chain(f"{PATH}{INFO} w response").open(answer)
        if echo != "w" or trainer.TrainerServiceDescribeResponse.FromString(content).contract != "theriac.v1":
            wrong.append("an answer is sealed")
        for bit in range(8 * len(answer)):
            damaged = bytearray(answer)
            damaged[bit // 8] ^= 1 << bit % 8
            try:
                Chain(f"{PATH}{INFO} w response").open(bytes(damaged))
                wrong.append(f"bit {bit} of an answer")
            except Refusal:
                pass

        sealed = Chain(f"{PATH}{UNKNOWN} w request").seal(request)
        error, _ = asked(channel, UNKNOWN, sealed, "w")
        signature = dict(error.trailing_metadata())[ERROR_KEY]
        info = Chain(f"{PATH}{UNKNOWN} w {error.code().value[0]} {error.details()}").open(signature)
        if error.code() != grpc.StatusCode.NOT_FOUND or game.ErrorInfo.FromString(info).field != "session_id":
            wrong.append("a refusal is signed")
        for bit in range(8 * len(sealed)):
            damaged = bytearray(sealed)
            damaged[bit // 8] ^= 1 << bit % 8
            error, _ = asked(channel, UNKNOWN, bytes(damaged), "w")
            if error.code() != grpc.StatusCode.DATA_LOSS:
                wrong.append(f"bit {bit} of a request: {error.code()}")
        for other in ("v", "ww"):
            if asked(channel, UNKNOWN, sealed, other)[0].code() != grpc.StatusCode.DATA_LOSS:
                wrong.append("a request of another call")
    print(
        "\n".join(
            [*wrong, f"{8 * len(answer)} bits of an answer and {8 * len(sealed)} of a request: {len(wrong)} wrong"]
        )
    )
    return 0 if not wrong else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
