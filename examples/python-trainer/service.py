"""The trainer's methods: read the request, compute, answer."""

import hashlib
import json
import time
from threading import Lock

import grpc
import numpy as np

import means
import protocols
import state as states
from blobs import BLOB_BYTES, BlobStore
from board import MODELS, Boards, mixture, read_poison
from bundles import Bundles
from contract import VERSION, Refusal, alive, answering, game, invalid, require_within, trainer, trainer_grpc
from converged import ConvergedTraining
from dataset import NAMES
from means import Means, finite
from sessions import LEASE_SECONDS, MOST_SESSIONS, Session, Sessions, range_of, within
from training import MinibatchTraining

ORACLES = ["Gradient", "HessianVectorProduct", "InverseHessianVectorProduct", "PoisonVectorProduct", "Descend"]
SLICE_SECONDS, DEFAULT_SLICE, PROGRESS_SECONDS, MOST_SLICES = 60.0, 20.0, 0.25, 4
LARGEST_SEED = 2**53 - 1
SOLVERS = {0: "cg", 1: "cg", 2: "normal"}


class TrainerService(trainer_grpc.TrainerServiceServicer):
    def __init__(self, boards: Boards, blobs: BlobStore, draining, threads: int):
        self.boards, self.blobs, self.draining = boards, blobs, draining
        self.bundles, self.sessions = Bundles(blobs), Sessions()
        self.lock, self.under_way = Lock(), 0
        self.backend = game.BackendDescription(
            name="numpy",
            device="cpu",
            version=np.__version__,
            threads=threads,
            second_order=True,
            compiles=False,
            self_check_error=means.self_check(),
        )

    @answering
    def Describe(self, request, context):
        source = "an independent implementation of the contract, in numpy"
        return trainer.TrainerServiceDescribeResponse(
            contract=VERSION,
            models=[game.ModelDescription(id=id, summary=summary_of(id), source=source) for id in MODELS],
            protocols=[game.Choice(id=one.id, summary=one.summary, source=source) for one in protocols.PROTOCOLS],
            datasets=list(NAMES),
            oracles=ORACLES,
            backend=self.backend,
            limits=game.Limits(
                message_bytes=4 << 20,
                blob_bytes=BLOB_BYTES,
                rank=8,
                sessions=MOST_SESSIONS,
                session_lease_seconds=LEASE_SECONDS,
                slice_seconds=SLICE_SECONDS,
            ),
        )

    @answering
    def Train(self, request, context):
        if self.draining.is_set():
            remedy = "Go on from the last checkpoint on another replica, or when the service is back."
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "The service is shutting down", remedy)
        self._count(1)
        try:
            yield from self._slice(request, alive(context))
        finally:
            self._count(-1)

    def _count(self, change: int):
        with self.lock:
            if self.under_way + change > MOST_SLICES:
                sentence, remedy = "Too many slices are under way", "Ask again later, or ask another replica."
                code, allowed = grpc.StatusCode.RESOURCE_EXHAUSTED, f"at most {MOST_SLICES} at a time"
                raise Refusal(code, sentence, remedy, "slices", allowed=allowed, retry=2.0)
            self.under_way += change

    def _slice(self, request, check):
        budget = require_within(request.slice_seconds or DEFAULT_SLICE, 0.001, SLICE_SECONDS, "slice_seconds")
        seed = int(require_within(request.seed, 0, LARGEST_SEED, "seed"))
        keep = int(require_within(request.keep_epochs or 10, 1, 100, "keep_epochs"))
        if request.defence not in ("", "none"):
            raise invalid("defence", request.defence, "none", "This trainer has no defences.")
        board = self.boards.find(request.game)
        protocol = protocols.protocol_for(request.protocol, board.network.convex)
        poison = read_poison(request.poison, board, self.bundles) if request.HasField("poison") else None
        chi = mixture(board, poison)
        if protocol.id == protocols.CONVERGED:
            work = ConvergedTraining(board.network, chi, seed, check)
        else:
            work = MinibatchTraining(protocol, board.network, chi, seed, keep)
        fingerprint = fingerprint_of(request, poison, protocol.id, seed, keep)
        resumes = request.HasField("resume_from")
        saved = self.blobs.get(request.resume_from, "resume_from") if resumes else None
        state = work.start() if saved is None else states.decode(saved, fingerprint)
        before = state.scalars.get("seconds", 0.0)

        started, steps, reported, first = time.monotonic(), 0, 0.0, state.step
        elapsed = lambda: time.monotonic() - started  # noqa: E731
        # At least one step, so that the shortest slices come to an end too; none is begun once the service is to end.
        while not state.done and (steps == 0 or (elapsed() < budget and not self.draining.is_set())):
            state = work.step(state)
            steps += 1
            check()
            if elapsed() - reported >= PROGRESS_SECONDS:
                reported = elapsed()
                metrics = {"steps_per_second": (state.step - first) / reported, **work.metrics(state)}
                progress = game.Progress(step=state.step, of=state.of, seconds=reported, metrics=metrics)
                yield trainer.TrainResponse(progress=progress)
        outcome = self._outcome(board, chi, *work.result(state), check) if state.done else None
        seconds = before + elapsed()
        content = states.encode(state._replace(scalars={**state.scalars, "seconds": seconds}), fingerprint)
        checkpoint = game.Checkpoint(state=self.blobs.put(content), step=state.step, of=state.of, done=state.done)
        if outcome is not None:
            outcome.seconds = seconds
        yield trainer.TrainResponse(end=trainer.TrainSliceEnd(checkpoint=checkpoint, outcome=outcome))

    def _outcome(self, board, chi, w, kept, stopped, check):
        over = Means(board.network, chi, check)
        loss, gradient = over.gradient(w)
        return trainer.TrainOutcome(
            parameters=self.bundles.vector("parameters", w),
            kept=self.bundles.write(parameters=kept),
            layout=layout_of(board),
            loss=loss,
            gradient_norm=float(np.linalg.norm(gradient)),
            accuracy=over.accuracy(w),
            stopped=stopped,
            removed=self.bundles.write(removed=np.zeros(0, np.int32)),
            rows=over.count,
        )

    @answering
    def OpenSession(self, request, context):
        lease = require_within(request.lease_seconds or LEASE_SECONDS, 0.001, LEASE_SECONDS, "lease_seconds")
        board = self.boards.find(request.game)
        w = self.bundles.read(request.parameters, "parameters").vector("parameters", board.network.size)
        session = Session(board, w, None, lease)
        session.take(read_poison(request.poison, board, self.bundles) if request.HasField("poison") else None)
        return trainer.OpenSessionResponse(
            session_id=self.sessions.open(session),
            layout=layout_of(board),
            clean_count=len(board.y),
            poison_count=0 if session.poison is None else len(session.poison.y),
            features=board.network.features,
            lease_seconds=lease,
        )

    @answering
    def CloseSession(self, request, context):
        self.sessions.close(request.session_id)
        return trainer.CloseSessionResponse()

    @answering
    def Gradient(self, request, context):
        session = self.sessions.find(request.session_id)
        loss, gradient = Means(session.board.network, session.rows(request), alive(context)).gradient(session.w)
        finite([loss], "the loss")
        answer = self.bundles.vector("gradient", finite(gradient, "the gradient"))
        return trainer.GradientResponse(gradient=answer, loss=loss, norm=float(np.linalg.norm(gradient)))

    @answering
    def HessianVectorProduct(self, request, context):
        session, v = self._session_and_vector(request)
        over = Means(session.board.network, session.rows(request), alive(context))
        product = finite(over.hessian_vector(session.w, v), "the product")
        return trainer.HessianVectorProductResponse(product=self.bundles.vector("product", product))

    @answering
    def InverseHessianVectorProduct(self, request, context):
        session, v = self._session_and_vector(request)
        if request.solver not in SOLVERS:
            raise invalid("solver", request.solver, "0, 1, 2", "Choose conjugate gradients or normal equations.")
        iterations = int(require_within(request.iterations or 16, 1, 10_000, "iterations"))
        damping = require_within(request.damping, 0, np.finfo(np.float64).max, "damping")
        tolerance = require_within(request.tolerance, 0, 1, "tolerance")
        over, w, b = Means(session.board.network, session.rows(request), alive(context)), session.w, v.astype(float)
        conjugate = SOLVERS[request.solver] == "cg"

        def product(u):
            return over.hessian_vector(w, u) + (damping * u if conjugate else 0)

        if conjugate:
            q, taken, stopped = means.conjugate_gradient(product, b, iterations, tolerance)
        else:
            q, taken, stopped = means.normal_equations(product, b, iterations, tolerance, damping)
        rest = product(q) - b
        residual = np.linalg.norm(rest) / np.linalg.norm(b) if b.any() else 0.0
        solution = self.bundles.vector("product", finite(q, "the solution"))
        return trainer.InverseHessianVectorProductResponse(
            product=solution, relative_residual=residual, iterations=taken, stopped=stopped
        )

    @answering
    def PoisonVectorProduct(self, request, context):
        session, v = self._session_and_vector(request)
        nu = session.required_poison()
        rows = [within(nu.x, nu.y, range_of(request, "poison_rows"), "poison_rows")]
        product = finite(Means(session.board.network, rows, alive(context)).mixed(session.w, v), "the product")
        return trainer.PoisonVectorProductResponse(product=self.bundles.write(product=product.astype(np.float32)))

    @answering
    def Descend(self, request, context):
        session = self.sessions.find(request.session_id)
        steps = int(require_within(request.steps, 1, 100_000, "steps"))
        rate = require_within(request.learning_rate, 5e-324, np.finfo(np.float64).max, "learning_rate")
        over = Means(session.board.network, session.rows(request), alive(context))
        w, diverges = session.w.astype(np.float64), ("learning_rate", "Take a smaller learning rate.")
        with np.errstate(all="ignore"):
            for _ in range(steps):
                w = finite(w - rate * over.gradient(w)[1], "a step", *diverges)
            w = w.astype(np.float32)
            loss, gradient = over.gradient(w)
        finite([loss], "the loss", *diverges)
        session.w = w
        norm = float(np.linalg.norm(gradient))
        return trainer.DescendResponse(parameters=self.bundles.vector("parameters", w), loss=loss, gradient_norm=norm)

    @answering
    def UpdatePoison(self, request, context):
        session = self.sessions.find(request.session_id)
        if not request.HasField("poison"):
            raise invalid("poison", "nothing", "poison rows", "Set the field.")
        session.take(read_poison(request.poison, session.board, self.bundles))
        return trainer.UpdatePoisonResponse(poison_count=len(session.poison.y))

    @answering
    def UpdateParameters(self, request, context):
        session = self.sessions.find(request.session_id)
        size = session.board.network.size
        session.w = self.bundles.read(request.parameters, "parameters").vector("parameters", size)
        return trainer.UpdateParametersResponse()

    def _session_and_vector(self, request):
        session = self.sessions.find(request.session_id)
        return session, self.bundles.read(request.vector, "vector").vector("vector", session.board.network.size)


def summary_of(model: str) -> str:
    hidden, slope = MODELS[model]
    if not hidden:
        return "softmax regression"
    return f"hidden layers of {' and '.join(map(str, hidden))} units, {f'LeakyReLU {slope}' if slope else 'ReLU'}"


def layout_of(board):
    return [game.ParameterView(name=name, shape=shape, offset=offset) for name, shape, offset in board.network.layout]


def fingerprint_of(request, poison, protocol: str, seed: int, keep: int) -> str:
    """Names everything that determines the result of training."""
    spec = request.game
    board = [spec.dataset, spec.train_limit, spec.validation_count, spec.model, spec.scaling]
    digest = hashlib.sha256()
    for part in poison or ():
        digest.update(b"" if part is None else part.tobytes())
    rows = "clean" if poison is None else digest.hexdigest() + ("" if poison.base is None else "/replaced")
    return json.dumps({"game": board, "poison": rows, "protocol": protocol, "seed": seed, "keep_epochs": keep})
