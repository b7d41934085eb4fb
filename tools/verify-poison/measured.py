"""Checks against the clean data: count, Gamma, tau, residual, and every figure that the exported parameters give."""
import numpy as np

import gamma
from datasets import model_input
from measures import entropies, gradient, last_layer, logits, middle, row_norms, transition_constant
from networks import accuracy, network


class Game:
    """The rows of a game in the units of its model: mu, nu, chi, test."""

    def __init__(self, run, dataset):
        game, total = run.manifest["game"], len(dataset.train_labels)
        limit = game["trainLimit"] or total
        count = limit - game["validationCount"]
        self.dataset, self.affine = dataset, dataset.affine(game["scaling"])
        self.stored, self.labels = dataset.train_stored[:count], dataset.train_labels[:count].astype(np.int64)
        self.mu = (model_input(self.stored, self.affine), self.labels)
        self.test = (model_input(dataset.test_stored, self.affine), dataset.test_labels.astype(np.int64))
        self.net = network(game["model"], dataset.shape, dataset.classes)
        self.poison = run.poison() if run.has_attack else None
        self.replaced = run.has_attack and run.poison_record["placement"] == "replaced"
        self.readable = self.poison is None or self.poison[0].shape[1] == dataset.features
        self.nu = (model_input(self.poison[0], self.affine), self.poison[1]) if self.poison and self.readable else None

    def chi(self):
        """Rows of the mixture and how many of the last ones are poison."""
        if self.nu is None:
            return self.mu, 0
        if not self.replaced:
            return tuple(np.concatenate(pair) for pair in zip(self.mu, self.nu)), len(self.nu[1])
        x, y = self.mu[0].copy(), self.mu[1].copy()
        x[self.poison[2]], y[self.poison[2]] = self.nu
        return (x, y), 0


def check_poison(report, run, game):
    (x, y, base), fraction, dataset = game.poison, run.manifest["poisonFraction"], game.dataset
    allowed = int(fraction * len(game.labels) + 1e-9)
    report.hold(len(x) == allowed, "count: floor(eps_d |mu|)", f"{len(x)} of {allowed} rows")
    if not report.hold(game.readable, "rows have the features of the data set", f"{x.shape[1]} of {dataset.features}"):
        return
    if not report.hold(bool(np.isfinite(x).all()), "every value of the poison is finite"):
        return
    report.hold(bool(((y >= 0) & (y < dataset.classes)).all()), "labels are classes", f"0 to {dataset.classes - 1}")
    known = base is None or bool(((base >= 0) & (base < len(game.labels))).all())
    if not report.hold(known, "base rows are rows of the clean data"):
        return
    if game.replaced:
        report.hold(len(set(base.tolist())) == len(base), "no two rows take the place of the same one")
    clean = (game.stored, game.labels)
    for kind, excess, limit in gamma.violations(run.manifest["constraint"], dataset, game.affine, clean, game.poison):
        report.hold(excess <= limit, f"Gamma: {kind}", f"worst excess {excess:.3g} (tolerance {limit:.1g})")
    if run.manifest["constraint"]["kind"] == "none" and not run.manifest["constraint"]["fixedLabels"]:
        report.hold(True, "Gamma: none", "every row is allowed")
    report.same("card: violations", run.card["constraint"]["violations"], [])
    claimed = run.card["rowNorms"]
    if claimed is not None:
        own, clean_norms = row_norms(game.nu[0]), row_norms(game.mu[0])
        found = {"median": middle(own), "max": float(own[-1]), "cleanMedian": middle(clean_norms)}
        for name, value in found.items():
            report.near(f"card: row norms, {name}", value, claimed[name], 1e-5 * value)


def check_target(report, run, game):
    card, net = run.card, game.net
    w = run.parameters("parameters-target.safetensors")
    if not report.hold(w is not None and len(w) == net.size, "parameters-target.safetensors is there"):
        return
    target, (x, y), classes = card["target"], game.mu, game.dataset.classes
    z = logits(net, w, x)
    cross_entropy, entropy = entropies(z, y)
    constant = transition_constant(classes)
    tau = max((cross_entropy - entropy) / constant, 0)
    report.near("tau = max{(CE - H) / W((c-1)/e), 0} of the target", tau, target["tau"], 1e-4 * tau + 1e-6)
    found = accuracy(logits(net, w, game.test[0]), game.test[1])
    report.near("accuracy of the target", found, target["accuracy"], ties(game.test[1]))
    if not net.dense:
        return report.unchecked("residual of the target", "derivatives of this model are not written here")
    share, kept = 1.0, np.arange(len(y))
    if game.replaced:
        kept = np.setdiff1d(kept, game.poison[2])
        share = len(kept) / len(y)
    g_mu = share * gradient(net, w, x[kept], y[kept])
    at = last_layer(net)
    inner = float(w[at].astype(np.float64) @ gradient(net, w, x, y)[at])
    report.near("identity <w, g(mu; w)> = CE - H over the last layer", inner, cross_entropy - entropy, 1e-5)
    claimed = card["residual"]
    if claimed is None:
        return None
    residual = np.linalg.norm(g_mu + len(game.nu[1]) / len(y) * gradient(net, w, *game.nu))
    tolerance = 2e-4 * residual + 1e-6
    report.near("residual ||g(mu; w) + eps_d g(nu; w)|| of the target", float(residual), claimed["after"], tolerance)
    report.hold(residual >= claimed["lowerBound"] - tolerance, "the residual is not below what any poison can reach")


def check_parameters(report, run, game):
    """Final parameters against the figures of the last epoch."""
    for protocol in run.card["protocols"]:
        vectors = {}
        for which in ("clean", "poisoned"):
            if which == "poisoned" and not run.has_attack:
                continue
            for seed, claimed in zip(protocol["seeds"], protocol["last"][which]["values"]):
                name = f"parameters-{which}-{protocol['name']}-{seed}.safetensors"
                w = run.parameters(name)
                if claimed is None:
                    report.hold(w is None, f"{name} is of a training that diverged")
                elif report.hold(w is not None and len(w) == game.net.size, f"{name} is there"):
                    vectors[which, seed] = w
                    found = accuracy(logits(game.net, w, game.test[0]), game.test[1])
                    report.near(f"accuracy of {name}", found, claimed, ties(game.test[1]))
        check_distances(report, protocol, vectors)
        if run.manifest["defence"] == "none":
            check_training_rows(report, run, game, protocol, vectors)


def check_distances(report, protocol, vectors):
    for seed, claimed in zip(protocol["seeds"], protocol.get("distance", {}).get("values", [])):
        pair = [vectors.get((which, seed)) for which in ("clean", "poisoned")]
        if claimed is not None and all(w is not None for w in pair):
            found = float(np.linalg.norm(pair[0].astype(np.float64) - pair[1]))
            report.near(f"distance of {protocol['name']}, seed {seed}", found, claimed, 1e-5 * found + 2e-6)


def check_training_rows(report, run, game, protocol, vectors):
    """Accuracy on the rows of training, and the norms of the gradient there."""
    for which, key in (("clean", "cleanGradientNorm"), ("poisoned", "gradientNorm")):
        (x, y), _ = game.mu if which == "clean" else game.chi()[0], None
        norms = []
        for k, seed in enumerate(protocol["seeds"]):
            w = vectors.get((which, seed))
            if w is None:
                continue
            if "training" in protocol and (game.net.dense or len(y) <= 10000):
                claimed = protocol["training"][which]["values"][k]
                found = accuracy(logits(game.net, w, x), y)
                report.near(f"accuracy on the training rows, {which} {protocol['name']}, seed {seed}", found, claimed, ties(y))
            if game.net.dense:
                norms.append(float(np.linalg.norm(gradient(game.net, w, x, y))))
        if norms and len(norms) == len(protocol["seeds"]):
            claimed = protocol[key]
            for of, value in (("mean", float(np.mean(norms))), ("max", max(norms))):
                report.near(f"norm of the gradient, {which} {protocol['name']}, {of}", value, claimed[of], 2e-4 * value + 5e-6)
        elif not game.net.dense:
            report.unchecked(f"norm of the gradient, {which} {protocol['name']}", "derivatives of this model are not written here")


def ties(labels):
    """One row in 5000, and at least one, in percent: rounding decides ties differently."""
    return 100 * max(1, len(labels) // 5000) / len(labels) + 1e-6
