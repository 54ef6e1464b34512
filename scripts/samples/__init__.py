"""The scenes of the sample pictures and the small painter that renders them."""
