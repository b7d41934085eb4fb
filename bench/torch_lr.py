"""Softmax regression, 784 to 10, a batch of 1000, in torch: median milliseconds as JSON. Ends with 1 without torch."""

import json
import statistics
import sys
import time

try:
    import torch
except ImportError:
    sys.exit(1)

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)
x, y = torch.rand(1000, 784), torch.arange(1000) % 10
w = (torch.randn(7850) * 0.03).requires_grad_()
v = torch.rand(7850)


def loss(rows):
    return torch.nn.functional.cross_entropy(rows @ w[:7840].view(784, 10) + w[7840:], y)


def step():
    (g,) = torch.autograd.grad(loss(x), w)
    with torch.no_grad():
        w.sub_(0.1 * g)


def hessian_vector_product():
    (g,) = torch.autograd.grad(loss(x), w, create_graph=True)
    torch.autograd.grad(g @ v, w)


def mixed_product():
    rows = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(loss(rows), w, create_graph=True)
    torch.autograd.grad(g @ v, rows)


def median_ms(work):
    for _ in range(5):
        work()
    times = []
    for _ in range(100):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


print(
    json.dumps(
        {
            "version": torch.__version__,
            "milliseconds": {
                "training step": median_ms(step),
                "Hessian-vector product": median_ms(hessian_vector_product),
                "mixed product": median_ms(mixed_product),
            },
        }
    )
)
