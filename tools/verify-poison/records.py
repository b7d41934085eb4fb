"""Checks that need no data: digests, agreement of the files with each other, arithmetic of the card."""
import hashlib
import json
import math

import numpy as np

from exported import sha256


def check_files(report, run):
    manifest, card = run.manifest, run.card
    digest = hashlib.sha256(run.manifest_bytes).hexdigest()
    report.same("digest of manifest.json", digest, card.get("manifestDigest"))
    report.hold(str(card.get("id", "")).endswith(digest[:8]), "the run's name carries the digest", str(card.get("id")))
    canonical = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    same = json.loads(canonical) == manifest and list(manifest) == sorted(manifest)
    report.hold(same, "manifest.json is spelt canonically: keys in order")
    attack = manifest["attack"] or {"id": "none", "options": {}}
    constraint = manifest["constraint"]
    claims = {
        "dataset": manifest["game"]["dataset"],
        "model": manifest["game"]["model"],
        "attack": attack["id"],
        "options": attack["options"],
        "defence": manifest["defence"],
        "poisonFraction": manifest["poisonFraction"],
        "seeds": manifest["seeds"],
    }
    for name, value in claims.items():
        report.same(f"card: {name} as in the manifest", card.get(name), value)
    said = card.get("constraint", {})
    found = {"kind": said.get("kind"), "radius": said.get("radius", 0), "fixedLabels": said.get("fixedLabels")}
    report.same("card: constraint as in the manifest", found, constraint)
    names = [protocol["name"] for protocol in card["protocols"]]
    report.same("card: protocols as in the manifest", names, manifest["protocols"])
    if run.has_attack:
        check_poison_record(report, run)


def check_poison_record(report, run):
    record, manifest, card = run.poison_record, run.manifest, run.card
    x, y, base = run.poison()
    file = record["file"]
    report.same("digest of poison.safetensors", sha256(run.poison_bytes), file["sha256"])
    report.same("size of poison.safetensors", len(run.poison_bytes), file["size"])
    report.same("poison.json: rows", [len(x), x.shape[1]], [record["count"], record["features"]])
    report.same("card: rows of poison", card["poisonCount"], len(x))
    report.same("poison.json: labels", record["labels"], y.tolist())
    report.same("poison.json: base rows", record["baseIndices"], None if base is None else base.tolist())
    if len(x) > 0:
        report.same("poison.json: range", [float(x.min()), float(x.max())], record["range"])
    report.same("poison.json: data set", record["dataset"], manifest["game"]["dataset"])
    report.same("poison.json: constraint", record["constraint"], manifest["constraint"])
    report.same("poison.json: fraction", record["poisonFraction"], manifest["poisonFraction"])
    placement = (manifest["attack"] or {}).get("placement", "added")
    report.same("poison.json: placement", record["placement"], placement)
    report.same("card: placement", card.get("placement", "added"), placement)


def check_arithmetic(report, card):
    """Means and deviations follow from the values, drops from both accuracies, and no mean exceeds the best epoch."""
    for protocol in card["protocols"]:
        name = protocol["name"]
        wrong = []
        for of in ("final", "last", "best"):
            part = protocol if of == "final" else protocol[of]
            for which in ("clean", "poisoned", "drop"):
                wrong += spread_errors(f"{of} {which}", part[which], len(protocol["seeds"]))
            for seed, (before, after, drop) in enumerate(zip(*(part[k]["values"] for k in ("clean", "poisoned", "drop")))):
                expected = None if before is None or after is None else before - after
                if (drop is None) != (expected is None) or (drop is not None and abs(drop - expected) > 2e-6):
                    wrong.append(f"{of} drop of seed {protocol['seeds'][seed]}")
        for which in ("clean", "poisoned"):
            for k, value in enumerate(protocol[which]["values"]):
                last, best = (protocol[of][which]["values"][k] for of in ("last", "best"))
                if value is not None and (max(value, last) > best + 1e-6 or not 0 <= value <= 100):
                    wrong.append(f"{which} of seed {protocol['seeds'][k]} against its best epoch")
        for key in ("distance",):
            if key in protocol:
                wrong += spread_errors(key, protocol[key], len(protocol["seeds"]))
        for which, spread in protocol.get("training", {}).items():
            wrong += spread_errors(f"training {which}", spread, len(protocol["seeds"]))
        report.hold(not wrong, f"card: arithmetic of {name}", "; ".join(wrong[:4]))


def spread_errors(name, spread, count):
    values = [value for value in spread["values"] if value is not None]
    mean = float(np.mean(values)) if values else None
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
    wrong = [] if len(spread["values"]) == count else [f"{name}: number of values"]
    for what, found, claimed in (("mean", mean, spread["mean"]), ("sd", sd, spread["sd"])):
        if (found is None) != (claimed is None) or (found is not None and not math.isclose(found, claimed, abs_tol=3e-6)):
            wrong.append(f"{name}: {what} is {claimed}, its values give {found}")
    return wrong
