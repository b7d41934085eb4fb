"""Writes torch-reference.json: losses and derivatives of every model by PyTorch's double backward in float64, on small
data, for torch-reference.spec.ts. Run by hand when a model is added: python3 torch-reference.py

Nothing large is stored: inputs come from `pattern`, which the spec repeats exactly, and of each derivative its norm and
its inner products with some patterns. Images are NHWC, filters HWIO, dense weights [inputs, outputs]; networks here are
written with torch's own functions and name their parameters as torch's modules would.
"""
import json
import math
import os

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
PROBES = 6


def pattern(seed, count):
    """float32(2 h / 2^32 - 1), h the 32-bit finaliser of MurmurHash3 at 2654435761 seed + i, i = 0 .. count - 1."""
    low = 0xFFFFFFFF
    h = (2654435761 * seed + torch.arange(count, dtype=torch.int64)) & low
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & low
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & low
    h = h ^ (h >> 16)
    return (2 * h.double() / 2**32 - 1).float().double()


def conv(x, w, bias=None, stride=1, padding=0):
    y = F.conv2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), bias, stride=stride, padding=padding)
    return y.permute(0, 2, 3, 1)


def pool(x):
    return F.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)


def flat(x):
    return x.reshape(x.shape[0], -1)


def dense(x, p, name):
    return x @ p[f"{name}.weight"] + p[f"{name}.bias"]


def batch_norm(x, p, name, training):
    mean, var = p[f"{name}.running_mean"], p[f"{name}.running_var"]
    if training:
        mean = x.mean((0, 1, 2))
        var = ((x - mean) ** 2).mean((0, 1, 2))
    return (x - mean) / torch.sqrt(var + 1e-5) * p[f"{name}.weight"] + p[f"{name}.bias"]


def lr(x, p, training, masks):
    return x @ p["weight"] + p["bias"]


def nn_gc(x, p, training, masks):
    return dense(torch.relu(dense(x, p, "layer1")), p, "layer2")


def nn_tgda(x, p, training, masks):
    h = F.leaky_relu(dense(x, p, "layer1"), 0.2)
    return dense(F.leaky_relu(dense(h, p, "layer2"), 0.2), p, "layer3")


def cnn_gc(x, p, training, masks):
    h = torch.relu(conv(x, p["conv1.weight"], p["conv1.bias"]))
    h = flat(pool(torch.relu(conv(h, p["conv2.weight"], p["conv2.bias"]))))
    if training:
        h = h * masks[0] / (1 - 0.25)
    h = torch.relu(dense(h, p, "fc1"))
    if training:
        h = h * masks[1] / (1 - 0.5)
    return dense(h, p, "fc2")


def cnn_tgda(x, p, training, masks):
    h = pool(torch.relu(conv(x, p["conv1.weight"], p["conv1.bias"], padding=2)))
    h = pool(torch.relu(conv(h, p["conv2.weight"], p["conv2.bias"], padding=2)))
    return dense(flat(h), p, "fc")


def cnn_cifar(x, p, training, masks):
    h = pool(torch.relu(conv(x, p["conv1.weight"], p["conv1.bias"])))
    h = pool(torch.relu(conv(h, p["conv2.weight"], p["conv2.bias"])))
    h = torch.relu(dense(torch.relu(dense(flat(h), p, "fc1")), p, "fc2"))
    return dense(h, p, "fc3")


def resnet(stages):
    def net(x, p, training, masks):
        def norm_conv(h, conv_name, norm_name, stride, padding):
            return batch_norm(conv(h, p[f"{conv_name}.weight"], None, stride, padding), p, norm_name, training)

        h = torch.relu(norm_conv(x, "conv1", "bn1", 1, 1))
        for stage, (blocks, _) in enumerate(stages, 1):
            for block in range(blocks):
                at = f"layer{stage}.{block}"
                stride = 2 if stage > 1 and block == 0 else 1
                f = torch.relu(norm_conv(h, f"{at}.conv1", f"{at}.bn1", stride, 1))
                f = norm_conv(f, f"{at}.conv2", f"{at}.bn2", 1, 1)
                if f"{at}.downsample.0.weight" in p:
                    h = norm_conv(h, f"{at}.downsample.0", f"{at}.downsample.1", stride, 0)
                h = torch.relu(f + h)
        return dense(h.mean((1, 2)), p, "fc")

    return net


def linear(name, i, o):
    return [(f"{name}weight", [i, o]), (f"{name}bias", [o])]


def filters(name, size, i, o, bias=True):
    return [(f"{name}.weight", [size, size, i, o])] + ([(f"{name}.bias", [o])] if bias else [])


def resnet_parts(stages, channels, classes):
    parts, norms = [], []

    def norm_conv(conv_name, norm_name, size, i, o):
        parts.extend(filters(conv_name, size, i, o, bias=False))
        parts.extend([(f"{norm_name}.weight", [o]), (f"{norm_name}.bias", [o])])
        norms.extend([(f"{norm_name}.running_mean", [o]), (f"{norm_name}.running_var", [o])])

    width = stages[0][1]
    norm_conv("conv1", "bn1", 3, channels, width)
    for stage, (blocks, out) in enumerate(stages, 1):
        for block in range(blocks):
            at = f"layer{stage}.{block}"
            norm_conv(f"{at}.conv1", f"{at}.bn1", 3, width, out)
            norm_conv(f"{at}.conv2", f"{at}.bn2", 3, out, out)
            if width != out or (stage > 1 and block == 0):
                norm_conv(f"{at}.downsample.0", f"{at}.downsample.1", 1, width, out)
            width = out
    parts.extend(linear("fc.", width, classes))
    return parts + norms


def value_of(name, shape, values):
    """Weights as He et al. scale them; gamma and variances around 1."""
    if name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1):
        return 1 + 0.5 * values
    if len(shape) > 1:
        return math.sqrt(6 / math.prod(shape[:-1])) * values
    return 0.5 * values


# (blocks, width) of each stage.
# The blocks of the real ones, at an eighth of their width.
RESNET_18 = [(2, 8), (2, 16), (2, 32), (2, 64)]
RESNET_34 = [(3, 8), (4, 16), (6, 32), (3, 64)]
# name: (model, network, shape of a row, rows, classes, parts, training, widths of its dropout layers, stages)
CASES = {
    "lr": ("lr", lr, [7], 5, 3, linear("", 7, 3), False, []),
    "nn-gc": ("nn-gc", nn_gc, [7], 5, 3, linear("layer1.", 7, 128) + linear("layer2.", 128, 3), False, []),
    "nn-tgda": (
        "nn-tgda",
        nn_tgda,
        [7],
        5,
        3,
        linear("layer1.", 7, 784) + linear("layer2.", 784, 784) + linear("layer3.", 784, 3),
        False,
        [],
    ),
    **{
        f"cnn-gc{', dropout' if training else ''}": (
            "cnn-gc",
            cnn_gc,
            [9, 8, 2],
            4,
            3,
            filters("conv1", 3, 2, 32) + filters("conv2", 3, 32, 64) + linear("fc1.", 256, 128) + linear("fc2.", 128, 3),
            training,
            [256, 128] if training else [],
        )
        for training in [False, True]
    },
    "cnn-tgda": (
        "cnn-tgda",
        cnn_tgda,
        [9, 8, 2],
        4,
        3,
        filters("conv1", 5, 2, 16) + filters("conv2", 5, 16, 32) + linear("fc.", 128, 3),
        False,
        [],
    ),
    "cnn-cifar": (
        "cnn-cifar",
        cnn_cifar,
        [16, 20, 3],
        4,
        3,
        filters("conv1", 5, 3, 6)
        + filters("conv2", 5, 6, 16)
        + linear("fc1.", 32, 120)
        + linear("fc2.", 120, 84)
        + linear("fc3.", 84, 3),
        False,
        [],
    ),
    **{
        f"{model}{', training' if training else ''}": (
            model,
            resnet(stages),
            shape,
            4,
            3,
            resnet_parts(stages, 3, 3),
            training,
            [],
            stages,
        )
        for model, stages, shape in [("resnet-18", RESNET_18, [9, 8, 3]), ("resnet-34", RESNET_34, [8, 8, 3])]
        for training in ([False, True] if model == "resnet-18" else [False])
    },
}


def summary(tensors, seed):
    """Norm, and inner products with the patterns seed, seed + 1, ..."""
    flat_values = torch.cat([t.detach().reshape(-1) for t in tensors])
    probes = [(flat_values @ pattern(seed + k, flat_values.numel())).item() for k in range(PROBES)]
    return {"norm": flat_values.norm().item(), "probes": probes}


def reference(seed, model, net, shape, rows, classes, parts, training, widths, stages=()):
    sizes = [math.prod(s) for _, s in parts]
    values = pattern(seed, sum(sizes)).split(sizes)
    statistics = [name.endswith(("running_mean", "running_var")) for name, _ in parts]
    p = {name: value_of(name, s, v).float().double().reshape(s) for (name, s), v in zip(parts, values)}
    for (name, _), constant in zip(parts, statistics):
        p[name].requires_grad_(not constant)
    directions = [d.reshape(s) for d, (_, s) in zip(pattern(seed + 1, sum(sizes)).split(sizes), parts)]
    x = pattern(seed + 2, rows * math.prod(shape)).reshape([rows, *shape]).requires_grad_()
    masks = [(pattern(seed + 3 + k, rows * width) > -0.5).double().reshape(rows, width) for k, width in enumerate(widths)]
    loss = F.cross_entropy(net(x, p, training, masks), torch.arange(rows) % classes)
    trained = [p[name] for (name, _), constant in zip(parts, statistics) if not constant]
    gradient = torch.autograd.grad(loss, trained, create_graph=True)
    product = sum((g * d).sum() for g, d in zip(gradient, [d for d, c in zip(directions, statistics) if not c]))
    hessian = torch.autograd.grad(product, trained, retain_graph=True, allow_unused=True)
    hessian = [torch.zeros_like(t) if h is None else h for h, t in zip(hessian, trained)]
    (mixed,) = torch.autograd.grad(product, x)
    return {
        "model": model,
        "shape": shape,
        "rows": rows,
        "classes": classes,
        "stages": stages,
        "training": training,
        "seed": seed,
        "parts": [[name, *s] for name, s in parts],
        "loss": loss.item(),
        "gradient": summary(gradient, seed + 10),
        "hessianVectorProduct": summary(hessian, seed + 20),
        "mixedProduct": summary([mixed], seed + 30),
    }


if __name__ == "__main__":
    found = {name: reference(100 * number, *case) for number, (name, case) in enumerate(CASES.items(), 1)}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch-reference.json")
    with open(path, "w") as file:
        json.dump(found, file, separators=(",", ":"))
        file.write("\n")
