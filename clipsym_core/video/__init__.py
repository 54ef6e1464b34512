"""Video files: frames addressed exactly, read one after the other, and written. PyAV comes with the extra "video"."""
