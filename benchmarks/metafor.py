"""Compare pooling with the R package metafor, on its data sets of counts and of means.

Needs Rscript with metafor (`apt-get install r-cran-metafor`). Prints the largest relative
difference of each figure: python benchmarks/metafor.py
"""

from __future__ import annotations

import json
import subprocess

from mngraph.statistics.effects import Effect
from mngraph.statistics.pooling import Pooled, pool

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
    cat(sprintf('{"name":"%s %s","method":"%s","y":%s,"v":%s,"figures":%s}\n', name, measure,
        method, number(y), number(v),
        number(c(fit$b, fit$ci.lb, fit$ci.ub, wald, fit$tau2, fit$I2, fit$QE))))
  }
}
"""
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
            difference = abs(one - other) / max(1e-4, abs(other))
            worst[figure] = max(worst[figure], (difference, f"{case['name']} {case['method']}"))
    print(f"{len(cases)} poolings")
    for figure, (difference, name) in worst.items():
        print(f"{figure:12} {difference:.1e}  {name}")


if __name__ == "__main__":
    main()
