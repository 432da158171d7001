"""The search for damage and the review of what it found: piece by piece, at a sensitivity that may move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QTimer, Signal

import engine
from engine.progress import Progress
from faceapp.editing import mask_tools
from faceapp.editing.document import Document
from faceapp.editing.picture import Picture
from faceapp.editing.review import Review
from faceapp.jobs import JobDoor, Ticket
from faceapp.settings import Settings
from faceapp.ui.commands.workspace import Workspace
from faceapp.ui.look.phrases import spoken
from faceapp.ui.settings_store import Store

_PATIENCE = 120  # milliseconds for which the slider rests before the pieces follow


class ReviewCommands(QObject):
    """Works on the current document's mask; each change of it is one undo step.

    A document's reviews are kept by the state of its history, so that undo and redo bring them back.
    """

    told = Signal(str)
    """A sentence for the user."""
    changed = Signal()
    """`review` may be another."""
    pointed = Signal(object)
    """The `Box` of the piece to be looked at."""

    def __init__(self, workspace: Workspace, *, door: JobDoor, store: Store, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._door, self._store = workspace, door, store
        self._reviews: WeakKeyDictionary[Document, dict[int, Review | None]] = WeakKeyDictionary()
        self._last: WeakKeyDictionary[Document, tuple[Picture, Review | None]] = WeakKeyDictionary()
        """The picture searched, and the review of the state that was left last: new strokes go on from it."""
        self.sieve = JobDoor(self)
        """Where maps are sifted: a run must not hold the slider up."""
        self.sieve.failed.connect(lambda _ticket, why: self.told.emit(spoken(why)))
        self._rest = QTimer(self, interval=_PATIENCE, singleShot=True)
        self._rest.timeout.connect(self._sift)
        store.changed.connect(self._settings_changed)
        workspace.current_changed.connect(self.changed)
        workspace.document_changed.connect(lambda what, _box: self._follow() if what == "dirty" else None)

    @property
    def review(self) -> Review | None:
        """The current document's review; None if nothing was searched, or the picture has changed since."""
        document = self._workspace.document
        return None if document is None else self._of(document)

    def _of(self, document: Document) -> Review | None:
        if document not in self._last:
            return None
        picture, last = self._last[document]
        known, state = self._reviews[document], document.history.state
        if document.picture is not picture or state < min(known):
            return None
        return known.get(state, last)

    def _follow(self) -> None:
        """A state was left for another: what is painted next goes on from there, be it before the search."""
        document = self._workspace.document
        if document is not None and document in self._last:
            known, state = self._reviews[document], document.history.state
            if state in known or state < min(known):
                self._last[document] = self._last[document][0], known.get(state)
        self.changed.emit()

    def handlers(self) -> dict[str, Callable[[], None]]:
        """What the actions do, by their names."""
        return {
            "mask_detect": self.detect, "review_previous": lambda: self.step(-1), "review_next": lambda: self.step(1),
            "review_keep": lambda: self.decide(keep=True), "review_delete": lambda: self.decide(keep=False),
            "review_keep_all": self.keep_all,
        }  # fmt: skip

    def detect(self) -> None:
        """Search the photo for damage and mask what is found."""
        document = self._workspace.document
        if document is None:
            return
        document.keep_shown(self.tr("Restore"))
        picture, sensitivity = document.picture, self._store.value.sensitivity

        def work(progress: Progress) -> tuple[engine.DamageMap, engine.Finds]:
            damage = engine.search_damage(picture.photo(), progress)
            return damage, damage.at(sensitivity)

        def done(found: tuple[engine.DamageMap, engine.Finds]) -> None:
            if self._workspace.holding(document) is None or document.picture is not picture:
                return
            before = self._settled(document)
            if before is None:
                # A state of a smaller number than any here lies before the search.
                self._reviews[document] = {document.history.state: None}
                review = Review(*found, base=document.masks["missing"].copy())
            else:  # searched again: what was decided stays so
                review = replace(before, damage=found[0]).at(found[1])
            if not review.finds.pieces:
                self.told.emit(self.tr("No damage was found; paint over it with the brush."))
            self._last[document] = picture, review
            self._lay(document, review, self.tr("Detect damage"))

        self._door.submit(Ticket(self.tr("Detect damage"), work, done=done, owner=document))

    def step(self, by: int) -> None:
        """Zoom to the next piece (1), or to the one before (-1)."""
        document, review = self._workspace.document, self._present()
        if document is None or review is None:
            return
        first = by > 0 and not review.looked
        self._remember(document, review.stepped(0 if first else by))
        self._point()

    def decide(self, *, keep: bool) -> None:
        """Keep the piece that is looked at, or delete it, and zoom to the next."""
        document, review = self._workspace.document, self._present()
        if document is None or review is None or review.piece is None:
            return
        self._lay(document, review.decided(keep=keep), self.tr("Keep piece") if keep else self.tr("Delete piece"))
        self._point()

    def keep_all(self) -> None:
        """Keep every piece: no sensitivity takes them away any more."""
        document, review = self._workspace.document, self._present()
        if document is not None and review is not None:
            self._lay(document, review.all_kept(), self.tr("Keep all pieces"))

    def _settings_changed(self, before: Settings, value: Settings) -> None:
        if before.sensitivity != value.sensitivity and self.review is not None:
            self._rest.start()

    def _sift(self) -> None:
        """Bring the pieces to the sensitivity; moves of the slider that follow each other are one undo step."""
        document, review, name = self._workspace.document, self._present(), self.tr("Sensitivity")
        if document is None or review is None:
            return
        state, sensitivity = document.history.state, self._store.value.sensitivity

        def done(finds: engine.Finds) -> None:
            if self._workspace.holding(document) is None or document.history.state != state:
                return
            if document.history.undo_name == name:
                document.history.undo()
            self._lay(document, review.at(finds), name)

        damage = review.damage
        self.sieve.submit(Ticket(name, lambda _progress: damage.at(sensitivity), done=done))

    def _present(self) -> Review | None:
        """The review with what was painted since the last step settled."""
        document = self._workspace.document
        return None if document is None else self._settled(document)

    def _settled(self, document: Document) -> Review | None:
        review = self._of(document)
        if review is None or document.history.state in self._reviews[document]:
            return review
        review = review.seen(document.masks["missing"])
        self._remember(document, review)
        return review

    def _lay(self, document: Document, review: Review, name: str) -> None:
        """Make the mask the review's, as one undo step."""
        made = review.mask()
        document.edit_mask(name, lambda mask: mask_tools.replace(mask, made), kind="missing")
        self._remember(document, review)

    def _remember(self, document: Document, review: Review) -> None:
        picture, _ = self._last[document]
        self._last[document] = picture, review
        self._reviews[document][document.history.state] = review
        self.changed.emit()

    def _point(self) -> None:
        review = self.review
        if review is not None and review.piece is not None:
            self.pointed.emit(review.piece.box)
