"""The parameters of axis decoding, in one place and with their units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AxisDecoding:
    """How axes are read from a heatmap.

    Lengths are in px of a map whose longer side is `side`; other maps are brought to that scale first. Heat is counted
    from the median of the map (0) to certainty (1), angles are in degrees. The values were chosen on the tuning seeds
    of benchmarks/decoding.py.

    Attributes:
        side: longer side of the map that lengths refer to, px.
        threshold: heat above which a pixel votes.
        low, high: heat that keeps a run going, and that it needs somewhere.
        smoothing, integration: sigmas of the structure tensor, px.
        vote_gate: a pixel votes for lines within this angle of its own direction, whole degrees.
        run_gate: a position belongs to a run when the ridge there runs within this angle of the line.
        min_coherence: below it a pixel has no direction and both gates are open.
        min_votes: votes (sum of heat above the threshold) that a line needs to be looked at; half of it
            where the map is halved.
        band: half width over which the heat on a line is averaged, px.
        side_inner, side_outer: distances between which the heat beside a line is averaged, px.
        min_contrast: part of the heat on the line by which it must exceed both sides.
        max_gap: gap that is bridged, px.
        max_gap_share: the same as part of the joined length.
        warm_gap: what a position of a gap counts that has heat (a crossing, the center of a star).
        min_length: shortest axis, px.
        fit_window: distance within which the ridge is looked for, px.
        end_window: length over which the heat near an end is taken, px.
        end_search: farthest an end moves outward to where the heat has halved, px.
        min_coverage: part of an axis that no accepted axis may explain already.
        peel_distance, peel_angle: votes within these of an accepted axis are explained, px and degrees.
        suppression: two axes whose ends are both closer than this are one, px.
        max_turn: two axes that meet end to end and turn by less (half as much again where the ends touch) are one axis,
            straight or bent, degrees.
        joint_gap: how near such ends must be, px.
        min_bend: height of an arc above its chord from which on it is not straight, px.
        min_disc: semi-axis from which on a wide round response is an ellipse, px.
        disc_heat: heat inside such a response from which on it is an ellipse: faint clouds are round too.
        max_elongation: longest such ellipse, ratio of its semi-axes.
        wide_scales: how often the map is halved to find bands too wide for `side_inner`.
        max_voters: most pixels that vote, the hottest.
        max_axes: where the search ends, and the best ones that are kept.
        max_misses: how many proposed lines in a row may hold nothing before the search ends.
    """

    side: int = 416
    threshold: float = 0.15
    low: float = 0.11
    high: float = 0.18
    smoothing: float = 1.2
    integration: float = 3.0
    vote_gate: int = 12
    run_gate: float = 18.0
    min_coherence: float = 0.35
    min_votes: float = 4.0
    band: int = 2
    side_inner: int = 10
    side_outer: int = 12
    min_contrast: float = 0.25
    max_gap: float = 26.0
    max_gap_share: float = 0.3
    warm_gap: float = 0.15
    min_length: float = 20.0
    fit_window: int = 6
    end_window: int = 24
    end_search: int = 12
    min_coverage: float = 0.5
    peel_distance: float = 6.0
    peel_angle: float = 20.0
    suppression: float = 12.0
    max_turn: float = 32.0
    joint_gap: float = 16.0
    min_bend: float = 5.0
    min_disc: float = 12.0
    disc_heat: float = 0.4
    max_elongation: float = 2.5
    wide_scales: int = 1
    max_voters: int = 16000
    max_axes: int = 48
    max_misses: int = 24
