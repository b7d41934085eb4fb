"""Writes torch-reference.json: gradients, Hessian-vector and mixed products of small nets by PyTorch's double backward in
float64, for torch-reference.spec.ts. Run by hand when a net is added: python3 torch-reference.py

Inputs are not stored: they come from a linear congruential generator that the spec repeats exactly. Images are NHWC,
filters HWIO, w is the parts one after the other, row-major.
"""
import base64
import json
import math
import os
import struct

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def pattern(seed, shape, scale=1.0):
    """float32(scale * (2 s/2^32 - 1)) over s <- (1664525 s + 1013904223) mod 2^32, starting at seed."""
    state, values = seed, []
    for _ in range(math.prod(shape)):
        state = (1664525 * state + 1013904223) % 2**32
        values.append(f32(scale * (2 * state / 2**32 - 1)))
    return torch.tensor(values).reshape(shape)


def encode(tensors):
    values = [v for t in tensors for v in t.detach().reshape(-1).tolist()]
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def nchw(f):
    return lambda x, *args, **kwargs: f(x.permute(0, 3, 1, 2), *args, **kwargs).permute(0, 2, 3, 1)


def conv(x, w, stride=1, padding=0):
    return nchw(F.conv2d)(x, w.permute(3, 2, 0, 1), stride=stride, padding=padding)


max_pool, avg_pool = nchw(F.max_pool2d), nchw(F.avg_pool2d)


def batch_norm(x, gamma, beta):
    mean = x.mean((0, 1, 2))
    variance = ((x - mean) ** 2).mean((0, 1, 2))
    return (x - mean) / torch.sqrt(variance + 1e-5) * gamma + beta


def mlp(x, p):
    h = F.leaky_relu(x @ p[0] + p[1], 0.2)
    return torch.relu(h @ p[2] + p[3]) @ p[4] + p[5]


def cnn(x, p):
    h = max_pool(torch.relu(conv(x, p[0], 1, 1) + p[1]), 2)
    h = max_pool(torch.relu(conv(h, p[2], 1, 1) + p[3]), 2)
    h = torch.relu(h.reshape(h.shape[0], -1) @ p[4] + p[5])
    return h @ p[6] + p[7]


def smooth_cnn(x, p):
    h = avg_pool(torch.tanh(conv(x, p[0]) + p[1]), 2)
    return torch.sigmoid(h.reshape(h.shape[0], -1) @ p[2] + p[3]) @ p[4] + p[5]


def residual_block(x, p):
    h = torch.relu(batch_norm(conv(x, p[0], 2, 1), p[1], p[2]))
    h = batch_norm(conv(h, p[3], 1, 1), p[4], p[5])
    h = torch.relu(h + batch_norm(conv(x, p[6], 2, 0), p[7], p[8]))
    return h.mean((1, 2)) @ p[9] + p[10]


NETS = {
    "mlp": (mlp, [6, 5], [[5, 8], [8], [8, 4], [4], [4, 3], [3]]),
    "cnn": (cnn, [4, 8, 8, 1], [[3, 3, 1, 4], [4], [3, 3, 4, 6], [6], [24, 8], [8], [8, 3], [3]]),
    "smoothCnn": (smooth_cnn, [4, 7, 7, 1], [[3, 3, 1, 3], [3], [12, 5], [5], [5, 3], [3]]),
    "residualBlock": (
        residual_block,
        [4, 8, 8, 3],
        [[3, 3, 3, 5], [5], [5], [3, 3, 5, 5], [5], [5], [1, 1, 3, 5], [5], [5], [5, 3], [3]],
    ),
}


def reference(number, net, x_shape, parts):
    # Weights as He et al. scale them; vectors (biases, gamma, beta) uniform in [-1, 1].
    w = [pattern(1000 * number + i, s, math.sqrt(6 / math.prod(s[:-1])) if len(s) > 1 else 1.0) for i, s in enumerate(parts)]
    v = [pattern(1000 * number + 500 + i, s) for i, s in enumerate(parts)]
    x = pattern(1000 * number + 999, x_shape).requires_grad_()
    w = [t.requires_grad_() for t in w]
    labels = torch.arange(x_shape[0]) % 3
    loss = F.cross_entropy(net(x, w), labels)
    gradient = torch.autograd.grad(loss, w, create_graph=True)
    (input_gradient,) = torch.autograd.grad(loss, x, retain_graph=True)
    product = sum((g * d).sum() for g, d in zip(gradient, v))
    hessian = torch.autograd.grad(product, w, retain_graph=True, allow_unused=True)
    hessian = [torch.zeros_like(t) if h is None else h for h, t in zip(hessian, w)]
    (mixed,) = torch.autograd.grad(product, x)
    return {
        "x": x_shape,
        "parts": parts,
        "seed": 1000 * number,
        "loss": loss.item(),
        "gradient": encode(gradient),
        "inputGradient": encode([input_gradient]),
        "hessianVectorProduct": encode(hessian),
        "mixedProduct": encode([mixed]),
    }


if __name__ == "__main__":
    nets = {name: reference(number, *net) for number, (name, net) in enumerate(NETS.items(), 1)}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch-reference.json")
    with open(path, "w") as file:
        json.dump(nets, file, indent=1)
        file.write("\n")
