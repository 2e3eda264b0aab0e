"""Compare pooling with the R package metafor, and contours of the albatross plot with metap.

Pooling, leaving one study out and the difference between two halves of the studies are compared on
metafor's data sets of counts and of means; contours on a grid of p values and effects. Needs
Rscript with metafor, and for the contours metap (`apt-get install r-cran-metafor r-cran-metap`).
Prints the largest relative difference of each figure: python benchmarks/metafor.py
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

from mngraph.statistics.albatross import sample_size_for_p
from mngraph.statistics.effects import Effect
from mngraph.statistics.pooling import Pooled, difference, leave_one_out, pool

SCRIPT = r"""
suppressMessages({library(metafor); library(metadat)})
columns <- list(c("ai", "n1i", "ci", "n2i"), c("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"))
tight <- list(tol=1e-12, threshold=1e-12, maxiter=10000)
number <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse=","), "]")
for (name in ls("package:metadat")) {
  dat <- get(name)
  if (!is.data.frame(dat)) next
  made <- NULL
  if (all(columns[[1]] %in% names(dat)))
    made <- list(OR=quote(escalc("OR", ai=ai, n1i=n1i, ci=ci, n2i=n2i, data=dat)),
                 RD=quote(escalc("RD", ai=ai, n1i=n1i, ci=ci, n2i=n2i, data=dat)))
  if (all(columns[[2]] %in% names(dat)))
    made <- c(made, list(SMD=quote(escalc("SMD", m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i,
                                          n2i=n2i, data=dat))))
  for (measure in names(made)) for (method in c("PM", "REML")) {
    fit <- try({
      dat2 <- suppressWarnings(eval(made[[measure]]))
      ok <- !is.na(dat2$yi) & !is.na(dat2$vi) & dat2$vi > 0
      y <- as.numeric(dat2$yi)[ok]; v <- as.numeric(dat2$vi)[ok]
      suppressWarnings(rma(y, v, method=method, test="adhoc", control=tight))
    }, silent=TRUE)
    if (inherits(fit, "try-error") || fit$k < 2) next
    wald <- fit$b + c(-1, 1) * qnorm(.975) / sqrt(sum(1 / (v + fit$tau2)))
    left <- if (fit$k > 2) try(suppressWarnings(leave1out(fit)), silent=TRUE) else NULL
    out <- if (is.null(left) || inherits(left, "try-error")) numeric(0) else left$estimate
    between <- numeric(0)
    if (fit$k > 3) {
      half <- seq_along(y) <= length(y) %/% 2
      parts <- try(lapply(list(half, !half), function(i) suppressWarnings(
        rma(y[i], v[i], method=method, control=tight))), silent=TRUE)
      if (!inherits(parts, "try-error"))
        between <- rma(sapply(parts, coef), sei=sapply(parts, function(p) p$se), method="FE")$QE
    }
    cat(sprintf(
        '{"name":"%s %s","method":"%s","y":%s,"v":%s,"figures":%s,"left":%s,"between":%s}\n',
        name, measure, method, number(y), number(v),
        number(c(fit$b, fit$ci.lb, fit$ci.ub, wald, fit$tau2, fit$I2, fit$QE)), number(out),
        number(between)))
  }
}
"""
CONTOURS = r"""
suppressMessages(library(metap))
pdf(NULL); plot(0:1, 0:1)
p <- c(0.2, 0.05, 0.025, 0.005, 0.0005)
for (kind in c("smd", "or")) {
  for (effect in if (kind == "smd") c(0.1, 0.2, 0.5, 0.8, 1.5) else c(1.1, 1.5, 2, 4, 10)) {
    found <- NULL
    keep <- function(n) { found <<- n; n }
    metap:::docontours(kind, p, effect, identity, keep, c(-1, 1), c(0, 1e6), NULL, NULL)
    cat(sprintf('{"kind":"%s","effect":%.17g,"p":[%s],"n":[%s]}\n', kind, effect,
        paste(c(0.4, p), collapse=","), paste(sprintf("%.17g", found), collapse=",")))
  }
}
"""
"""The sample sizes of the contours that metap's `albatros` draws, for one-sided p values."""
KINDS = {"smd": "StandardisedMeanDifference", "or": "OddsRatio"}
FIGURES = ("estimate", "lower", "upper", "Wald lower", "Wald upper", "tau²", "I²", "Q")


def figures(pooled: Pooled) -> tuple[float, ...]:
    random, wald = pooled.random, pooled.wald
    return (
        random.estimate, random.lower, random.upper, wald.lower, wald.upper,
        pooled.tau_squared, pooled.i_squared, pooled.q,
    )  # fmt: skip


def main() -> None:
    output = subprocess.run(["Rscript", "-e", SCRIPT], capture_output=True, check=True, text=True)
    worst = dict.fromkeys(FIGURES, (0.0, ""))
    cases = [json.loads(line) for line in output.stdout.splitlines() if line.startswith("{")]
    for case in cases:
        effects = [Effect(y, v) for y, v in zip(case["y"], case["v"], strict=True)]
        ours = figures(pool(effects, method=case["method"]))
        for figure, one, other in zip(FIGURES, ours, case["figures"], strict=True):
            apart_by = apart(one, other)
            worst[figure] = max(worst[figure], (apart_by, f"{case['name']} {case['method']}"))
    print(f"{len(cases)} poolings")
    for figure, (most, name) in worst.items():
        print(f"{figure:12} {most:.1e}  {name}")
    beside(cases)
    contours()


def beside(cases: list[dict[str, Any]]) -> None:
    """Compare averages without one study, and the difference between two halves of the studies."""
    left, between = [], []
    for case in cases:
        effects = [Effect(y, v) for y, v in zip(case["y"], case["v"], strict=True)]
        method, name = case["method"], f"{case['name']} {case['method']}"
        if case["left"]:
            found = leave_one_out(effects, method=method)
            ours = [pooled.random.estimate for pooled in found]
            pairs = zip(ours, case["left"], strict=True)
            left += [(apart(*pair), name) for pair in pairs]
        if case["between"]:
            half = len(effects) // 2
            halves = [pool(each, method=method) for each in (effects[:half], effects[half:])]
            between.append((apart(difference(halves).q, case["between"][0]), name))
    for what, found in (("averages without one study", left), ("differences of halves", between)):
        most, name = max(found)
        print(f"{len(found)} {what}, {most:.1e}  {name}")


def contours() -> None:
    """Compare the contours of the albatross plot with those of metap, where it is installed."""
    output = subprocess.run(["Rscript", "-e", CONTOURS], capture_output=True, text=True)
    if output.returncode:
        print("no contours compared: metap is not installed")
        return
    found = []
    for case in (json.loads(line) for line in output.stdout.splitlines() if line[:1] == "{"):
        for p, theirs in zip(case["p"], case["n"], strict=True):
            ours = sample_size_for_p(KINDS[case["kind"]], case["effect"], 2 * p)
            found.append((apart(ours, theirs), f"{case['kind']} {case['effect']} p {2 * p}"))
    worst, where = max(found)
    print(f"{len(found)} points of albatross contours, {worst:.1e}  {where}")


def apart(one: float, other: float) -> float:
    """Return how far two figures differ, relative to the second."""
    return abs(one - other) / max(1e-4, abs(other))


if __name__ == "__main__":
    main()
