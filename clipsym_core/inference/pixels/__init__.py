"""The picture as the other rooms look at it: grey working pixels, one way to lay it down, its edges."""
