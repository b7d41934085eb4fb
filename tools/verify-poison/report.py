"""One line for each check, and the exit code."""

OK, FAILED, UNCHECKED = "ok", "FAILED", "not checked"


class Report:
    """Prints lines as they come. Exit code: 0 all held, 1 something failed, 3 nothing failed but something was left unchecked."""

    def __init__(self):
        self.counts = {OK: 0, FAILED: 0, UNCHECKED: 0}

    def line(self, verdict, what, found=""):
        self.counts[verdict] += 1
        print(f"{verdict:<12}{what}{': ' + found if found else ''}", flush=True)

    def hold(self, condition, what, found=""):
        """Whether the condition holds, as a line."""
        self.line(OK if condition else FAILED, what, found)
        return bool(condition)

    def unchecked(self, what, why):
        self.line(UNCHECKED, what, why)

    def same(self, what, found, claimed):
        """Equality of plain values, as a line."""
        return self.hold(found == claimed, what, "" if found == claimed else f"{short(found)}, claimed {short(claimed)}")

    def near(self, what, found, claimed, tolerance):
        """|found - claimed| <= tolerance; null only beside null."""
        if found is None or claimed is None:
            return self.same(what, found, claimed)
        text = f"{found:.6g}, claimed {claimed:.6g} (tolerance {tolerance:.2g})"
        return self.hold(abs(found - claimed) <= tolerance, what, text)

    def end(self):
        print(f"{self.counts[OK]} ok, {self.counts[FAILED]} failed, {self.counts[UNCHECKED]} not checked")
        return 1 if self.counts[FAILED] else 3 if self.counts[UNCHECKED] else 0


def short(value):
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
