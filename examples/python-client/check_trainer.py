"""Calls every method of a trainer, and holds every number against numpy.

    python check_trainer.py unix:/tmp/trainer.sock

Without an address it starts `node services/trainer/dist/main.js` on a socket of its own. The game is softmax regression on
the trainer's own synthetic digits; the poison is made here, so its rows are known to both sides.
"""

import argparse
import contextlib
import pathlib
import subprocess
import tempfile
import time

import grpc
import numpy as np

from softmax_regression import SoftmaxRegression
from stubs import game as game_pb
from stubs import tensor as tensor_pb
from stubs import trainer as pb
from stubs import trainer_grpc
from tensors import Blobs

ROOT = pathlib.Path(__file__).resolve().parents[2]
FEATURES, CLASSES, CLEAN, POISON = 784, 10, 600, 200
TOLERANCE = 2e-5
GAME = game_pb.GameSpec(
    dataset="synthetic-digits", train_limit=CLEAN, model="lr", scaling=game_pb.SCALING_STORED
)
ON_CLEAN, ON_POISON, ON_MIXTURE = pb.DISTRIBUTION_CLEAN, pb.DISTRIBUTION_POISON, pb.DISTRIBUTION_MIXTURE


class Report:
    def __init__(self):
        self.right = self.wrong = 0

    def holds(self, what: str, condition: bool, detail: str = ""):
        self.right, self.wrong = self.right + bool(condition), self.wrong + (not condition)
        print(f"{'ok   ' if condition else 'WRONG'} {what}{': ' + detail if detail else ''}", flush=True)

    def near(self, what: str, found, expected, tolerance: float = TOLERANCE):
        found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
        if found.shape != expected.shape:
            self.holds(what, False, f"shape {found.shape}, expected {expected.shape}")
            return
        error = np.linalg.norm(found - expected) / max(np.linalg.norm(expected), 1e-30)
        self.holds(what, error <= tolerance, f"relative error {error:.1e}")


@contextlib.contextmanager
def trainer_at(address: str | None):
    if address:
        yield address
        return
    with tempfile.TemporaryDirectory() as folder:
        address = f"unix:{folder}/trainer.sock"
        process = subprocess.Popen(
            ["node", "services/trainer/dist/main.js", "--listen", address], cwd=ROOT, stderr=subprocess.DEVNULL
        )
        try:
            yield address
        finally:
            process.terminate()
            process.wait(30)


def is_serving(channel) -> bool:
    """grpc.health.v1.Health/Check by hand: an empty request; field 1 of the answer is 1 when it serves."""
    check = channel.unary_unary("/grpc.health.v1.Health/Check", lambda _: b"", lambda answer: answer)
    return check(None, wait_for_ready=True, timeout=60) == b"\x08\x01"


def train(stub, **fields):
    """Asks for slices until training is done. Returns the outcome, the slices and the steps at which each ended."""
    resume, ends = None, []
    while True:
        request = pb.TrainRequest(game=GAME, seed=7, resume_from=resume, **fields)
        *progress, last = stub.Train(request)
        assert last.WhichOneof("event") == "end", "a slice ends with its end"
        assert all(p.WhichOneof("event") == "progress" for p in progress)
        checkpoint = last.end.checkpoint
        ends.append(checkpoint.step)
        if checkpoint.done:
            return last.end.outcome, ends, checkpoint
        resume = checkpoint.state


def check_blobs(blobs: Blobs, rng, report: Report):
    content = rng.bytes(2_500_000)
    ref = blobs.put(content)
    report.holds("Find, Put, Get of a blob", blobs.get(ref) == content, f"{len(content)} bytes")
    report.holds("Get from an offset", blobs.get(ref, 1_234_567) == content[1_234_567:])
    absent = tensor_pb.BlobRef(sha256=bytes(32), size=1)
    missing = blobs.stub.Find(tensor_pb.FindRequest(refs=[ref, absent])).missing
    report.holds("Find names what is missing", [m.sha256 for m in missing] == [absent.sha256])


def check_training(stub, blobs, poison, model, x, y, report: Report):
    fields = {"poison": poison, "protocol": "stable-sgd", "keep_epochs": 2}
    whole, _, _ = train(stub, **fields)
    sliced, ends, _ = train(stub, slice_seconds=0.02, **fields)
    w = blobs.arrays(whole.parameters)["parameters"]
    same = np.array_equal(w, blobs.arrays(sliced.parameters)["parameters"])
    report.holds("Train in one slice and in many gives the same bytes", same and len(ends) > 1, f"{len(ends)} slices")
    kept = blobs.arrays(whole.kept)["parameters"]
    report.holds("Train keeps the last epochs", kept.shape == (2, model.size) and np.array_equal(kept[-1], w))
    views = [(v.name, tuple(v.shape), v.offset) for v in whole.layout]
    expected = [("weight", (FEATURES, CLASSES), 0), ("bias", (CLASSES,), FEATURES * CLASSES)]
    report.holds("the layout is what the contract says", views == expected, str(views))
    return w, whole


def check_oracles(stub, blobs, session, w, rng, model, x, y, report: Report):
    def gradient(of):
        answer = stub.Gradient(pb.GradientRequest(session_id=session, distribution=of))
        return blobs.arrays(answer.gradient)["gradient"], answer

    def product(v, of):
        request = pb.HessianVectorProductRequest(
            session_id=session, distribution=of, vector=blobs.bundle(vector=v.astype(np.float32))
        )
        return blobs.arrays(stub.HessianVectorProduct(request).product)["product"].astype(np.float64)

    v = rng.normal(size=model.size).astype(np.float32)
    g_poison, answer = gradient(ON_POISON)
    report.near("Gradient on nu: loss", answer.loss, model.loss(w, x, y))
    report.near("Gradient on nu", g_poison, model.gradient(w, x, y))
    report.near("Gradient on nu: norm", answer.norm, np.linalg.norm(g_poison))
    g_clean, clean = gradient(ON_CLEAN)
    g_mixture, mixture = gradient(ON_MIXTURE)
    share = CLEAN / (CLEAN + POISON)
    report.near("Gradient on chi is the weighted mean", g_mixture, share * g_clean + (1 - share) * g_poison)
    report.near("loss on chi is the weighted mean", mixture.loss, share * clean.loss + (1 - share) * answer.loss)
    report.near("HessianVectorProduct on nu", product(v, ON_POISON), model.hessian_vector_product(w, v, x))
    h_mixture = share * product(v, ON_CLEAN) + (1 - share) * product(v, ON_POISON)
    report.near("HessianVectorProduct on chi is the weighted mean", product(v, ON_MIXTURE), h_mixture)

    some = pb.RowRange(**{"from": 20, "to": 90})
    here = slice(20, 90)
    request = pb.GradientRequest(session_id=session, distribution=ON_POISON, poison_rows=some)
    g_some = blobs.arrays(stub.Gradient(request).gradient)["gradient"]
    report.near("Gradient on some rows of nu", g_some, model.gradient(w, x[here], y[here]))
    request = pb.HessianVectorProductRequest(
        session_id=session, distribution=ON_POISON, vector=blobs.bundle(vector=v), poison_rows=some
    )
    h_some = blobs.arrays(stub.HessianVectorProduct(request).product)["product"]
    report.near("HessianVectorProduct on some rows of nu", h_some, model.hessian_vector_product(w, v, x[here]))
    ranges = {"clean_rows": pb.RowRange(**{"from": 5, "to": 35}), "poison_rows": some}
    request = pb.GradientRequest(session_id=session, distribution=ON_CLEAN, clean_rows=ranges["clean_rows"])
    g_part = blobs.arrays(stub.Gradient(request).gradient)["gradient"]
    answer = stub.Gradient(pb.GradientRequest(session_id=session, distribution=ON_MIXTURE, **ranges))
    report.near("Gradient on some rows of chi", blobs.arrays(answer.gradient)["gradient"], 0.3 * g_part + 0.7 * g_some)

    damping = 0.1
    for solver, name in ((pb.SOLVER_CONJUGATE_GRADIENT, "CG"), (pb.SOLVER_NORMAL_EQUATIONS, "CGNR")):
        request = pb.InverseHessianVectorProductRequest(
            session_id=session,
            distribution=ON_POISON,
            vector=blobs.bundle(vector=v),
            solver=solver,
            # The residual of the normal equations falls by jumps: what 30 iterations leave of it is luck.
            iterations=30 if solver == pb.SOLVER_CONJUGATE_GRADIENT else 60,
            damping=damping if solver == pb.SOLVER_CONJUGATE_GRADIENT else 0,
        )
        solved = stub.InverseHessianVectorProduct(request)
        q = blobs.arrays(solved.product)["product"].astype(np.float64)
        shift = damping * q if solver == pb.SOLVER_CONJUGATE_GRADIENT else 0
        residual = np.linalg.norm(model.hessian_vector_product(w, q, x) + shift - v) / np.linalg.norm(v)
        if solver == pb.SOLVER_NORMAL_EQUATIONS:
            left, right = (model.hessian_vector_product(w, u, x) for u in (model.hessian_vector_product(w, q, x), v))
            report.near("InverseHessianVectorProduct by CGNR solves H H q = H v", left, right, 0.05)
        what = f"InverseHessianVectorProduct by {name}: residual {solved.relative_residual:.1e}"
        report.holds(what, abs(solved.relative_residual - residual) <= 1e-3 + 0.05 * residual, f"numpy {residual:.1e}")

    request = pb.PoisonVectorProductRequest(session_id=session, vector=blobs.bundle(vector=v))
    mixed = blobs.arrays(stub.PoisonVectorProduct(request).product)["product"]
    report.near("PoisonVectorProduct", mixed, model.mixed_product(w, v.astype(np.float64), x, y))
    request = pb.PoisonVectorProductRequest(session_id=session, vector=blobs.bundle(vector=v), poison_rows=some)
    mixed = blobs.arrays(stub.PoisonVectorProduct(request).product)["product"]
    expected = model.mixed_product(w, v.astype(np.float64), x[here], y[here])
    report.near("PoisonVectorProduct of some rows of nu", mixed, expected)


def check_steps(stub, blobs, session, w, rng, model, x, y, report: Report):
    request = pb.DescendRequest(session_id=session, steps=5, learning_rate=0.2, distribution=ON_POISON)
    answer = stub.Descend(request)
    for _ in range(5):
        w = w - 0.2 * model.gradient(w, x, y)
    report.near("Descend", blobs.arrays(answer.parameters)["parameters"], w)
    report.near("Descend: loss", answer.loss, model.loss(w, x, y))
    report.near("Descend: norm of the gradient", answer.gradient_norm, np.linalg.norm(model.gradient(w, x, y)), 1e-4)

    x2, y2 = x[: POISON // 2] * np.float32(0.5), y[: POISON // 2]
    poison = game_pb.Poison(rows=blobs.bundle(x=x2, y=y2))
    count = stub.UpdatePoison(pb.UpdatePoisonRequest(session_id=session, poison=poison)).poison_count
    answer = stub.Gradient(pb.GradientRequest(session_id=session, distribution=ON_POISON))
    report.holds("UpdatePoison counts the rows", count == len(y2))
    found = blobs.arrays(answer.gradient)["gradient"]
    report.near("UpdatePoison, then Gradient at the new w on the new nu", found, model.gradient(w, x2, y2))

    w = rng.normal(size=model.size).astype(np.float32)
    stub.UpdateParameters(pb.UpdateParametersRequest(session_id=session, parameters=blobs.bundle(parameters=w)))
    found = blobs.arrays(stub.Gradient(pb.GradientRequest(session_id=session, distribution=ON_POISON)).gradient)
    expected = model.gradient(w.astype(np.float64), x2, y2)
    report.near("UpdateParameters, then Gradient at them", found["gradient"], expected)


def check_refusals(stub, session, report: Report):
    def refused(what, call, code):
        try:
            call()
        except grpc.RpcError as error:
            info = game_pb.ErrorInfo.FromString(dict(error.trailing_metadata()).get("theriac-error-bin", b""))
            detail = f"{error.code().name}, field {info.field!r}, remedy {info.remedy!r}"
            report.holds(what, error.code() == code and info.remedy != "", detail)
        else:
            report.holds(what, False, "it was accepted")

    beyond = pb.RowRange(**{"from": 0, "to": CLEAN + 1})
    outside = pb.GradientRequest(session_id=session, distribution=ON_CLEAN, clean_rows=beyond)
    refused("rows that are not there are refused", lambda: stub.Gradient(outside), grpc.StatusCode.INVALID_ARGUMENT)
    stub.CloseSession(pb.CloseSessionRequest(session_id=session))
    request = pb.GradientRequest(session_id=session, distribution=ON_CLEAN)
    refused("a closed session is refused", lambda: stub.Gradient(request), grpc.StatusCode.NOT_FOUND)
    wrong = game_pb.GameSpec(dataset=GAME.dataset, train_limit=CLEAN, model="no-such-model")
    request = pb.TrainRequest(game=wrong, protocol="stable-sgd", seed=1)
    refused("an unknown model is refused", lambda: list(stub.Train(request)), grpc.StatusCode.INVALID_ARGUMENT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", nargs="?", help="unix:/path or host:port of a running trainer")
    parser.add_argument("--dataset", default=GAME.dataset, help="one of 784 features and 10 classes")
    asked = parser.parse_args()
    GAME.dataset = asked.dataset
    report, rng, start = Report(), np.random.default_rng(1), time.monotonic()
    model = SoftmaxRegression(FEATURES, CLASSES)
    x = rng.uniform(size=(POISON, FEATURES)).astype(np.float32)
    y = rng.integers(CLASSES, size=POISON).astype(np.int32)
    with trainer_at(asked.address) as address, grpc.insecure_channel(address) as channel:
        stub, blobs = trainer_grpc.TrainerServiceStub(channel), Blobs(channel)
        report.holds("health Check", is_serving(channel), address)
        about = stub.Describe(pb.TrainerServiceDescribeRequest())
        models, engine = [m.id for m in about.models], about.backend
        described = about.contract == "theriac.v1" and "lr" in models and "PoisonVectorProduct" in about.oracles
        report.holds("Describe", described, f"{engine.name} {engine.version} on {engine.device}, models {models}")
        check_blobs(blobs, rng, report)
        poison = game_pb.Poison(rows=blobs.bundle(x=x, y=y))
        w, outcome = check_training(stub, blobs, poison, model, x, y, report)
        opened = stub.OpenSession(
            pb.OpenSessionRequest(game=GAME, parameters=blobs.bundle(parameters=w), poison=poison)
        )
        sizes = (opened.clean_count, opened.poison_count, opened.features)
        report.holds("OpenSession", sizes == (CLEAN, POISON, FEATURES), f"clean, poison, features {sizes}")
        session, w = opened.session_id, w.astype(np.float64)
        on_mixture = stub.Gradient(pb.GradientRequest(session_id=session, distribution=ON_MIXTURE))
        report.near("Train says the loss on chi that the session finds", outcome.loss, on_mixture.loss)
        report.near("Train says the gradient's norm that the session finds", outcome.gradient_norm, on_mixture.norm, 1e-3)
        check_oracles(stub, blobs, session, w, rng, model, x, y, report)
        check_steps(stub, blobs, session, w, rng, model, x, y, report)
        check_refusals(stub, session, report)
    print(f"{report.right} right, {report.wrong} wrong, {time.monotonic() - start:.1f} s")
    return 0 if report.wrong == 0 else 1


if __name__ == "__main__":
    raise SystemExit(main())
