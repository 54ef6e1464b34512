"""What a picture says about a mirror axis: how alike its sides are, where exactly it lies, how far it goes."""
