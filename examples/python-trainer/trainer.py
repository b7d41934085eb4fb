"""A trainer in Python: python trainer.py --listen 127.0.0.1:50051 --data FOLDER"""

import argparse
import logging
import os
import pathlib
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
LOOPBACK = ("localhost", "127.", "[::1]", "::1")
CALLS = 64
OPTIONS = [
    # Callers that ping every second, to notice a trainer that is frozen, are welcome.
    ("grpc.http2.min_ping_interval_without_data_ms", 500),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 500),
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 4 << 20),
    # A port that is taken is refused, not shared.
    ("grpc.so_reuseport", 0),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:50051", help="host:port (port 0 takes a free one) or unix:/path")
    parser.add_argument("--data", help="folder of the data sets; default THERIAC_DATA, else ~/.cache/theriac/data")
    parser.add_argument("--threads", type=int, default=int(os.environ.get("THERIAC_THREADS") or os.cpu_count() or 1))
    parser.add_argument("--drain-seconds", type=float, default=25.0, help="most seconds that calls get on SIGTERM")
    parser.add_argument("--allow-plaintext", action="store_true", help="listen beyond this machine, without encryption")
    asked = parser.parse_args()
    if not asked.allow_plaintext and not asked.listen.startswith(("unix:", *LOOPBACK)):
        parser.error(f"--listen {asked.listen} is open to others, unencrypted; --allow-plaintext says that it may be")
    return asked


def main() -> int:
    asked = arguments()
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.INFO)
    # Read when numpy is imported.
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(asked.threads)
    import grpc

    from blobs import BlobsService, BlobStore
    from board import Boards
    from checksums import Checksums
    from contract import log, tensor_grpc, trainer_grpc
    from dataset import data_folder
    from health import health_handler
    from service import TrainerService

    draining, asked_to_end = threading.Event(), threading.Event()
    blobs = BlobStore()
    service = TrainerService(Boards(data_folder(asked.data)), blobs, draining, asked.threads)
    server = grpc.server(ThreadPoolExecutor(CALLS), interceptors=(Checksums(),), options=OPTIONS)
    trainer_grpc.add_TrainerServiceServicer_to_server(service, server)
    tensor_grpc.add_BlobsServiceServicer_to_server(BlobsService(blobs), server)
    server.add_generic_rpc_handlers((health_handler(draining),))
    try:
        port = server.add_insecure_port(asked.listen)
    except RuntimeError as error:
        print(f"python-trainer: cannot listen on {asked.listen}: {error}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_end.set())
    server.start()
    address = asked.listen if asked.listen.startswith("unix:") else f"{asked.listen.rpartition(':')[0]}:{port}"
    print(f"python-trainer is listening on {address}", flush=True)
    asked_to_end.wait()

    # No new slice; those under way end with a checkpoint, and a moment remains to fetch it.
    log.info("draining")
    draining.set()
    end = time.monotonic() + asked.drain_seconds
    while service.under_way > 0 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(min(1.0, max(0.0, end - time.monotonic())))
    server.stop(max(0.0, end - time.monotonic())).wait()
    log.info("drained")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
