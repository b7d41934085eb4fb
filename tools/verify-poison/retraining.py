"""Trains clean and poisoned defenders anew and holds their accuracies against the card's, within the spread."""
import numpy as np

import torch_training
import training
from streams import Stream


def check_retraining(report, run, game, options):
    if run.manifest["defence"] != "none":
        return report.unchecked("retraining", f"defence {run.manifest['defence']} is not written here")
    for protocol in run.card["protocols"]:
        if options.protocols and protocol["name"] not in options.protocols:
            continue
        check_protocol(report, run, game, protocol, options)


def check_protocol(report, run, game, protocol, options):
    name, what = protocol["name"], f"retraining by {protocol['name']}"
    if name == "converged":
        return check_minimum(report, protocol)
    own = training.protocol(name, game.net.model, len(game.dataset.shape) == 3 and game.dataset.shape[2] > 1)
    if own is None:
        return report.unchecked(what, "this protocol is not written here")
    if not game.net.dense and not torch_training.available():
        return report.unchecked(what, "networks with convolutions are trained by torch, which is not installed")
    seeds = protocol["seeds"][: options.seeds or None]
    parts = {"clean": (game.mu, 0)}
    if run.has_attack:
        parts["poisoned"] = game.chi()
    finals = {which: [final(game, own, rows, added, seed, options) for seed in seeds] for which, (rows, added) in parts.items()}
    for which, found in finals.items():
        compare(report, f"{what}, {which} %", found, protocol[which]["values"], len(seeds), len(game.test[1]))
    if "poisoned" in finals:
        drops = [None if a is None or b is None else a - b for a, b in zip(finals["clean"], finals["poisoned"])]
        compare(report, f"{what}, drop", drops, protocol["drop"]["values"], len(seeds), len(game.test[1]))
    return None


def check_minimum(report, protocol):
    """Softmax regression is convex: a point where the gradient vanishes needs no second training."""
    for which, key in (("clean", "cleanGradientNorm"), ("poisoned", "gradientNorm")):
        norm = protocol[key]["max"]
        what = f"converged, {which}: a minimum of a convex loss"
        if norm is not None and norm <= 0.01:
            report.hold(True, what, f"gradient {norm:.2g}")
        else:
            report.unchecked(what, f"it stopped at a gradient of {norm}")


def final(game, own, rows, added, seed, options):
    """Mean accuracy over the last ten epochs, None where training diverged."""
    if options.own_randomness:
        random = np.random.default_rng([seed, options.own_randomness])
        initial = np.concatenate(
            [random.uniform(-bound, bound, int(np.prod(shape))) for _, shape, bound in game.net.parts]
        )
        order_of = lambda count, _epoch: random.permutation(count)
    else:
        initial = game.net.initial(lambda name: Stream(seed, "initialisation", name))
        order_of = lambda count, epoch: Stream(seed, "order", epoch).permutation(count)
    arguments = (game.net, own, rows, added, initial, order_of, game.test)
    with np.errstate(all="ignore"):
        curve = training.train(*arguments) if game.net.dense else torch_training.train(*arguments, seed)
    return None if curve is None else float(np.mean(curve[-10:]))


# Student's 99.5% quantile for two samples of n.
STUDENT = {2: 9.92, 3: 4.60, 4: 3.71, 5: 3.36, 6: 3.17}


def compare(report, what, found, claimed, count, test_rows):
    """Two means within the spread, by Student's test at 1%, and at least half a point and two test rows; one seed: 3 points."""
    pairs = [(a, b) for a, b in zip(found, claimed) if a is not None and b is not None]
    if [a is None for a in found] != [b is None for b in claimed[:count]]:
        return report.hold(False, what, f"diverged: {[a is None for a in found]}, claimed {[b is None for b in claimed[:count]]}")
    if not pairs:
        return report.hold(True, what, "diverged, as claimed")
    ours, theirs = (np.array(values) for values in zip(*pairs))
    n = len(pairs)
    if n == 1:
        tolerance = 3.0
    else:
        error = float(np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / n))
        tolerance = STUDENT.get(n, 3.0) * error
    tolerance = max(0.5, 200 / test_rows, tolerance)
    return report.near(what, float(ours.mean()), float(theirs.mean()), tolerance)
