"""From heatmaps to shapes: what `axes` and `centers` are made of."""
