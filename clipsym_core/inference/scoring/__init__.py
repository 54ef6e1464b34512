"""From many proposals to one list: one score, when two are one, what contradicts what."""
