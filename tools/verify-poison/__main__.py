"""Verifies an exported run: python3 tools/verify-poison RUN [--data FOLDER]. Imports nothing of Theriac."""
import argparse
import os
import sys

sys.dont_write_bytecode = True

import datasets
import measured
import records
import retraining
from exported import Run, Unreadable
from report import Report


def main(arguments):
    parser = argparse.ArgumentParser(prog="verify-poison", description="checks a run directory against its own claims and the clean data")
    parser.add_argument("run", help="folder with manifest.json, card.json, poison.json, poison.safetensors, parameters-*.safetensors")
    parser.add_argument("--data", default=os.environ.get("THERIAC_DATA"), help="folder of the data sets (default: THERIAC_DATA)")
    parser.add_argument("--no-retraining", action="store_true", help="check everything but the retraining")
    parser.add_argument("--protocol", action="append", dest="protocols", help="retrain by this protocol only; repeatable")
    parser.add_argument("--seeds", type=int, default=0, help="retrain the first so many seeds; 0: all")
    parser.add_argument(
        "--own-randomness", type=int, default=0, metavar="N", help="draw initialisations and orders from numpy's generator, seed N > 0"
    )
    options = parser.parse_args(arguments)
    report = Report()
    try:
        run = Run(options.run)
        verify(report, run, options)
    except Unreadable as error:
        report.hold(False, "the folder is an exported run", str(error))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        report.hold(False, "the files have the fields of a run", f"{type(error).__name__}: {error}")
    return report.end()


def verify(report, run, options):
    records.check_files(report, run)
    records.check_arithmetic(report, run.card)
    try:
        dataset = datasets.load(run.manifest["game"]["dataset"], options.data)
    except datasets.NotHere as error:
        return report.unchecked("all that needs the clean data", str(error))
    claimed = run.manifest["dataDigest"]
    if claimed is None:
        report.unchecked("digest of the clean data", "the run names none")
    else:
        report.same("digest of the clean data", dataset.digest, claimed)
    game = measured.Game(run, dataset)
    if run.has_attack:
        measured.check_poison(report, run, game)
    if game.net is None:
        return report.unchecked("all that needs the model", f"{run.manifest['game']['model']} is not written here")
    if not game.readable:
        return None
    if run.has_attack and run.card["target"] is not None:
        measured.check_target(report, run, game)
    if "dpa" in run.manifest["defence"]:
        report.unchecked("accuracies of the parameters", "votes of an ensemble are not written here")
    else:
        measured.check_parameters(report, run, game)
    if not options.no_retraining:
        retraining.check_retraining(report, run, game, options)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
