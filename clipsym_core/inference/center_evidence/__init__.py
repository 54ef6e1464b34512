"""What a picture says about a rotation center: its place, order, radius and mirror axes."""
