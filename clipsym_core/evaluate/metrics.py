"""All metrics under one name; exact definitions in docs/metrics.md."""

from __future__ import annotations

from clipsym_core.evaluate.pixel import AgreementMetric, PixelCounts, PixelMetric, PixelScores

__all__ = ["AgreementMetric", "PixelCounts", "PixelMetric", "PixelScores"]
