"""What the application keeps on disk, in plain Python."""
