"""What the actions of the menu Training do."""

from __future__ import annotations

from symviewer.views.handlers.group import HandlerGroup
from symviewer.views.translation import tr


class TrainingHandlers(HandlerGroup):
    """Teaching a model."""

    def train(self) -> None:
        self._window.show_training()

    def new_training(self) -> None:
        self._window.show_training()
        self._window.train.panel.new_training()

    def stop_training(self) -> None:
        training = self._session.training
        if not training.live:
            self._window.status.notice(tr("No training is running."))
        for folder in training.live:
            training.stop_run(folder)
