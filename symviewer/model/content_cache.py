"""The shapes of pictures in memory: those that are not on disk yet all, of the others the ones used last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from symviewer.model.annotation import PictureId
from symviewer.model.picture_content import PictureContent

SHAPES_KEPT: Final = 20_000
"""About 20 MB. What was used longest ago goes first and is read again when it is looked at."""


class ContentCache:
    """Contents by picture.

    A content that is `hold`-ed for a change stays until `release` says that the store has it. Without a store nothing
    is released, so nothing is lost.
    """

    def __init__(self, limit: int = SHAPES_KEPT) -> None:
        self._limit = limit
        self._changed: dict[PictureId, PictureContent] = {}
        self._clean: OrderedDict[PictureId, PictureContent] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._changed) + len(self._clean)

    @property
    def shapes(self) -> int:
        """How many shapes the contents hold that can be read again, an empty picture counted as one."""
        return self._size

    def get(self, picture: PictureId) -> PictureContent | None:
        """The content of a picture, None where it is not in memory."""
        found = self._changed.get(picture)
        if found is None and picture in self._clean:
            self._clean.move_to_end(picture)
            found = self._clean[picture]
        return found

    def put(self, picture: PictureId, content: PictureContent) -> None:
        """Keep what the store has, too; the newest one is kept whatever its size."""
        self.forget(picture)
        self._clean[picture] = content
        self._size += len(content) + 1
        while self._size > self._limit and len(self._clean) > 1:
            _, oldest = self._clean.popitem(last=False)
            self._size -= len(oldest) + 1

    def hold(self, picture: PictureId, content: PictureContent) -> None:
        """Keep this one until it is released: it is about to be changed."""
        if picture not in self._changed:
            self.forget(picture)
            self._changed[picture] = content

    def release(self, pictures: Iterable[PictureId]) -> None:
        """The store has what these pictures hold."""
        for picture in pictures:
            content = self._changed.pop(picture, None)
            if content is not None:
                self.put(picture, content)

    def forget(self, picture: PictureId) -> None:
        """The picture is no more."""
        self._changed.pop(picture, None)
        content = self._clean.pop(picture, None)
        if content is not None:
            self._size -= len(content) + 1
