"""Who is calling: bearer tokens and the principals behind them."""
