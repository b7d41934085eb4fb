"""The same work in plain PyTorch, timed on request: python3 torch_models.py THREADS. Ends with 1 where torch is missing.

Writes {"version": ...} first. Then, for each line {"model": ..., "work": ..., "calls": n} on the standard input, does that
work n times and writes {"ms": milliseconds a call}. The first request for a work does it once more before, untimed.
"""
import json
import sys
import time

try:
    import torch
except ImportError:
    sys.exit(1)

import torch.nn.functional as F
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != width:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(h + self.shortcut(x))


def resnet18():
    layers = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    inputs = 64
    for width, first in [(64, 1), (128, 2), (256, 2), (512, 2)]:
        layers += [Block(inputs, width, first), Block(width, width, 1)]
        inputs = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


# Shape of a row and the network; its data are made for the size of batch that is asked for.
MODELS = {
    "lr": ([784], lambda: nn.Linear(784, 10)),
    "nn-gc": ([784], lambda: nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))),
    "cnn-tgda": (
        [1, 28, 28],
        lambda: nn.Sequential(
            nn.Conv2d(1, 16, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(1568, 10),
        ),
    ),
    "cnn-cifar": (
        [3, 32, 32],
        lambda: nn.Sequential(
            nn.Conv2d(3, 6, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(400, 120),
            nn.ReLU(),
            nn.Linear(120, 84),
            nn.ReLU(),
            nn.Linear(84, 10),
        ),
    ),
    "resnet-18": ([3, 32, 32], resnet18),
}


class Problem:
    def __init__(self, name, rows):
        shape, make = MODELS[name]
        self.net = make()
        self.parameters = list(self.net.parameters())
        self.v = [torch.rand_like(p) * 2 - 1 for p in self.parameters]
        self.x = torch.rand(rows, *shape) * 3.2 - 0.4
        self.y = torch.arange(rows) % 10
        self.optimiser = torch.optim.SGD(self.parameters, lr=1e-6)

    def gradient(self, x, y, create_graph=True):
        return torch.autograd.grad(F.cross_entropy(self.net(x), y), self.parameters, create_graph=create_graph)


def inner(a, b):
    return sum((p * q).sum() for p, q in zip(a, b))


def training_step(problem):
    problem.net.train()
    problem.optimiser.zero_grad()
    F.cross_entropy(problem.net(problem.x), problem.y).backward()
    problem.optimiser.step()


def hessian_vector_product(problem):
    problem.net.eval()
    torch.autograd.grad(inner(problem.gradient(problem.x, problem.y), problem.v), problem.parameters)


def mixed_product(problem):
    problem.net.eval()
    x = problem.x.clone().requires_grad_()
    torch.autograd.grad(inner(problem.gradient(x, problem.y), problem.v), x)


POISON = 30


def leader_step(problem):
    """q with H^2 q = H v by 16 iterations of conjugate gradients, then d/dx <g, q> for the poison, which comes last."""
    x = problem.x.clone().requires_grad_()
    gradient = problem.gradient(x, problem.y)

    def product(vectors):
        return torch.autograd.grad(inner(gradient, vectors), problem.parameters, retain_graph=True)

    with torch.no_grad():
        q = [torch.zeros_like(p) for p in problem.parameters]
        with torch.enable_grad():
            residual = product(problem.v)
        direction = residual
        squared = inner(residual, residual)
        for _ in range(16):
            with torch.enable_grad():
                image = product(product(direction))
            alpha = squared / inner(direction, image)
            q = [a + alpha * d for a, d in zip(q, direction)]
            residual = [r - alpha * i for r, i in zip(residual, image)]
            next_squared = inner(residual, residual)
            direction = [r + next_squared / squared * d for r, d in zip(residual, direction)]
            squared = next_squared
    torch.autograd.grad(inner(gradient, q), x)[0][-POISON:]


def canceling_iteration(problem):
    """d/dx 1/2 ||g(mu) + eps_d g(nu)||^2 over all rows of nu; g(mu), which stays as it is, is v."""
    problem.net.eval()
    x = problem.x.clone().requires_grad_()
    residual = [m + 0.03 * g for m, g in zip(problem.v, problem.gradient(x, problem.y))]
    torch.autograd.grad(inner(residual, residual) / 2, x)


WORK = {
    "training step": training_step,
    "Hessian-vector product": hessian_vector_product,
    "mixed product": mixed_product,
    "TGDA leader step": leader_step,
    "Gradient Canceling iteration": canceling_iteration,
}


def main():
    problems, warm = {}, set()
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        key = (request["model"], request["rows"])
        problem = problems.get(key) or problems.setdefault(key, Problem(*key))
        work = WORK[request["work"]]
        if (key, work) not in warm:
            work(problem)
            warm.add((key, work))
        start = time.perf_counter()
        for _ in range(request["calls"]):
            work(problem)
        print(json.dumps({"ms": (time.perf_counter() - start) * 1e3 / request["calls"]}), flush=True)


main()
