"""A change of a mask that many events make and one undo step takes back.  No Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.geometry import U8, Box
from faceapp.editing.history import Backup, History, PatchStep


class Owner(Protocol):
    """What a stroke needs of the document."""

    history: History

    def mask_changed(self, box: Box) -> None: ...
    def stroke_closed(self) -> None: ...


class MaskStroke:
    """A change of the mask in the making: one undo step, however many events it takes."""

    def __init__(self, document: Owner, name: str, mask: U8) -> None:
        """`mask`: that of the document which is to be changed."""
        self._document, self._name, self._mask = document, name, mask
        self.open = True
        """Whether it may still change the mask; something else (an undo) may have closed it."""
        self.backup = Backup(mask)
        """The mask as it was before the stroke, wherever the stroke has been."""

    def __enter__(self) -> MaskStroke:
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        self.commit() if kind is None else self.cancel()

    def apply(self, function: Callable[[U8], Box], *, within: Box | None = None) -> Box:
        """Run a function that writes to the mask inside `within` (None: anywhere); returns its box."""
        mask = self._mask
        self.backup.save(Box(0, 0, mask.shape[1], mask.shape[0]) if within is None else within)
        box = function(mask)
        self.report(box)
        return box

    def report(self, box: Box) -> None:
        """Tell the listeners that the mask changed inside a box (its old pixels are saved already)."""
        if not box.empty:
            self._document.mask_changed(box)

    def commit(self) -> None:
        """Make it one undo step; nothing is pushed if nothing changed."""
        document, mask = self._document, self._mask
        pieces = self._close()
        if pieces:
            step = PatchStep(
                self._name,
                target=lambda: mask,
                pieces=pieces,
                swapped=document.mask_changed,
            )
            document.history.push(step)

    def cancel(self) -> None:
        """Put the mask back as it was."""
        for box, old in self._close():
            self._mask[box.slices] = old
            self._document.mask_changed(box)

    def _close(self) -> list[tuple[Box, U8]]:
        if not self.open:
            return []
        self.open = False
        self._document.stroke_closed()
        return self.backup.changed()
