"""The same training by torch, for networks with convolutions; dropout is drawn by torch."""
import numpy as np

from networks import accuracy
from training import batches


def available():
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def train(net, own, rows, added, initial, order_of, test, seed):
    """As training.train."""
    import torch

    torch.manual_seed(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    place = lambda values: torch.from_numpy(np.ascontiguousarray(values)).to(device)
    (x, y), clean = (place(rows[0]), place(rows[1].astype(np.int64))), len(rows[1]) - added
    w = place(initial.astype(np.float32)).requires_grad_()
    kinds = {
        "sgd": lambda: torch.optim.SGD([w], own["rate"]),
        "adam": lambda: torch.optim.Adam([w], own["rate"]),
        "adadelta": lambda: torch.optim.Adadelta([w], own["rate"]),
    }
    optimiser = kinds[own["optimiser"]]()
    test_x, found = place(test[0]), []
    for epoch in range(own["epochs"]):
        for group in optimiser.param_groups:
            group["lr"] = own["rate"] * own["decay"] ** epoch
        drops = own["dropout"] == "always" or epoch == 0
        for batch in batches(own, clean, added, order_of, epoch):
            at = place(batch)
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(forward(torch, net, w, x[at], drops), y[at]).backward()
            optimiser.step()
        with torch.no_grad():
            z = torch.cat([forward(torch, net, w, part, False) for part in test_x.split(1000)])
        if not torch.isfinite(z).all():
            return None
        found.append(accuracy(z.cpu().numpy(), test[1]))
    return found


def forward(torch, net, w, x, drops):
    """Logits. Images are kept [h, w, c] between layers."""
    f, parts = torch.nn.functional, net.views(w)
    h = x if net.dense else x.reshape(-1, *net.shape)
    for kind, name, *settings in net.layers:
        if kind == "fc":
            h = h @ parts[f"{name}weight"] + parts[f"{name}bias"]
        elif kind == "leaky":
            h = f.leaky_relu(h, settings[0])
        elif kind == "conv":
            filters = parts[f"{name}weight"].permute(3, 2, 0, 1)
            h = f.conv2d(h.permute(0, 3, 1, 2), filters, parts[f"{name}bias"], padding=settings[2]).permute(0, 2, 3, 1)
        elif kind == "pool":
            h = f.max_pool2d(h.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
        elif kind == "flatten":
            h = h.reshape(len(h), -1)
        elif kind == "drop" and drops:
            h = f.dropout(h, settings[0])
    return h
