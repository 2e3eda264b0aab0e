"""Claims and what stands behind them: lines, verdicts, pooled figures, the chain to the source."""
