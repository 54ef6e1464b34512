"""Parts of the deploy form: the modules of a model again, with equal outputs and less work."""
