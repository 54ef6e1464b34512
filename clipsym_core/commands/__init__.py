"""The commands of `clipsym`, one file each; `clipsym_core.cli` imports them when they are called."""
