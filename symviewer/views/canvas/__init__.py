"""The picture with its layers: image, heatmap, suggestions."""
