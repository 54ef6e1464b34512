"""Widgets: they show the workspace and hand what a person does to the session. They hold no truth of their own."""
