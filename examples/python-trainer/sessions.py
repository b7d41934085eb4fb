"""Games held open at parameters w, so that oracles need no data transfer, and the rows that a call averages."""

import threading
import time
import uuid
from dataclasses import dataclass

import grpc
import numpy as np

from board import Board, Poison, mixture
from contract import Refusal, invalid, trainer

MOST_SESSIONS, LEASE_SECONDS = 16, 600.0
CLEAN, POISON, MIXTURE = trainer.DISTRIBUTION_CLEAN, trainer.DISTRIBUTION_POISON, trainer.DISTRIBUTION_MIXTURE


@dataclass
class Session:
    board: Board
    w: np.ndarray
    poison: Poison | None
    lease: float
    expires: float = 0.0
    replaced: list | None = None  # chi, where the poison replaces rows of mu

    def take(self, poison: Poison | None):
        self.replaced = mixture(self.board, poison) if poison is not None and poison.base is not None else None
        self.poison = poison

    def rows(self, request) -> list[tuple[np.ndarray, np.ndarray]]:
        """The blocks that a request's distribution and ranges name."""
        of, ranges = request.distribution, {name: range_of(request, name) for name in ("clean_rows", "poison_rows")}
        if of not in (CLEAN, POISON, MIXTURE):
            raise invalid("distribution", of, "clean, poison, mixture", "Say over which rows the mean is taken.")
        unused = {CLEAN: "poison_rows", POISON: "clean_rows"}.get(of)
        if of == MIXTURE and self.replaced is not None:
            unused = "poison_rows"
        if unused and ranges[unused]:
            raise invalid(unused, ranges[unused], "nothing for this distribution", "Leave the field out.")
        clean = [] if of == POISON else [within(self.board.x, self.board.y, ranges["clean_rows"], "clean_rows")]
        if of == CLEAN:
            return clean
        nu = self.required_poison()
        if of == MIXTURE and self.replaced is not None:
            return [within(*self.replaced[0], ranges["clean_rows"], "clean_rows")]
        return [*clean, within(nu.x, nu.y, ranges["poison_rows"], "poison_rows")]

    def required_poison(self) -> Poison:
        if self.poison is not None and len(self.poison.y) > 0:
            return self.poison
        sentence, remedy = "The session has no poison", "Open the session with poison, or call UpdatePoison first."
        raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, sentence, remedy, "distribution", allowed="clean")


class Sessions:
    def __init__(self):
        self.lock, self.held = threading.Lock(), {}

    def open(self, session: Session) -> str:
        with self.lock:
            self._sweep()
            if len(self.held) >= MOST_SESSIONS:
                sentence, remedy = "Too many sessions are open", "Close a session, or wait for one to expire."
                code, found = grpc.StatusCode.RESOURCE_EXHAUSTED, f"{len(self.held)} open"
                raise Refusal(code, sentence, remedy, "sessions", found, f"at most {MOST_SESSIONS}", retry=10.0)
            name = str(uuid.uuid4())
            session.expires = time.monotonic() + session.lease
            self.held[name] = session
            return name

    def find(self, name: str) -> Session:
        """The session, its lease renewed. NOT_FOUND when it is unknown or has expired."""
        with self.lock:
            self._sweep()
            session = self.held.get(name)
            if session is None:
                sentence, remedy = "The session is unknown or has expired", "Open a new session."
                raise Refusal(grpc.StatusCode.NOT_FOUND, sentence, remedy, "session_id", name or "(empty)")
            session.expires = time.monotonic() + session.lease
            return session

    def close(self, name: str):
        self.find(name)
        with self.lock:
            self.held.pop(name, None)

    def _sweep(self):
        now = time.monotonic()
        self.held = {name: session for name, session in self.held.items() if session.expires >= now}


def range_of(request, name: str) -> tuple[int, int] | None:
    """[from, to) where the request has it."""
    if name not in request.DESCRIPTOR.fields_by_name or not request.HasField(name):
        return None
    found = getattr(request, name)
    return getattr(found, "from"), found.to


def within(x: np.ndarray, y: np.ndarray, rows: tuple[int, int] | None, field: str):
    first, end = (0, len(y)) if rows is None else rows
    if not 0 <= first < end <= len(y):
        raise invalid(field, f"[{first}, {end})", f"0 <= from < to <= {len(y)}", "Leave the field out for all rows.")
    return x[first:end], y[first:end]
