"""Random shapes and detections for the tests of model and store."""

from __future__ import annotations

from hypothesis import strategies as st

from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

# Points may lie outside the picture; the odd fractions make sure that every bit survives.
coordinates = st.floats(-2000.0, 6000.0, allow_nan=False)
points = st.tuples(coordinates, coordinates)
scores = st.floats(0.0, 1.0)
sizes = st.floats(1e-3, 3000.0)

axes = st.lists(points, min_size=2, max_size=5, unique=True).map(lambda p: ReflectionAxis(tuple(p)))
centers = st.builds(RotationCenter, coordinates, coordinates, st.sampled_from([0, 2, 3, 4, 5, 6, 8, 17]))
ellipses = st.builds(ReflectionEllipse, coordinates, coordinates, sizes, sizes, st.floats(-360.0, 360.0))
shapes: st.SearchStrategy[Shape] = st.one_of(axes, centers, ellipses)

detections = st.builds(
    Detection,
    shapes,
    scores,
    st.sampled_from(["clipsym-lite", "features", "modèle «é»"]),
    st.dictionaries(st.sampled_from(["heat", "contrast", "coverage"]), st.floats(-1.0, 1.0), max_size=2),
)
