"""Live mode: frames of a source on the screen, symmetries followed over them."""
