"""How the scores were fitted: labelled samples of measures, and the fit. No search in a picture needs it."""
