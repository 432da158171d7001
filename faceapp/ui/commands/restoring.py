"""From the Restore button to a picture: requests go through the job door, previews and results come back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from weakref import WeakSet

from PySide6.QtCore import QObject, Signal

import engine
from engine.geometry import U8, Box
from engine.progress import Preview, Progress, Report
from engine.request import Canny, Request
from faceapp.editing.document import Document
from faceapp.editing.picture import Picture
from faceapp.editing.variant import Variant
from faceapp.jobs import JobDoor, Ticket
from faceapp.runs.file_job import ModelSource
from faceapp.settings import Settings
from faceapp.ui.commands.workspace import Workspace
from faceapp.ui.look.phrases import spoken
from faceapp.ui.settings_store import Store

MAX_KEPT_PREVIEWS = 96
"""A thousand DDPM steps are thinned to at most this many pictures (of 192 KiB each)."""
MAX_VARIANTS = 24
MAX_VARIANT_BYTES = 1 << 30
"""What the variants of a photo may hold; the oldest are dropped."""


class Previews:
    """The pictures of a run's steps, thinned evenly when there are too many."""

    def __init__(self, most: int = MAX_KEPT_PREVIEWS) -> None:
        self._most, self._stride, self._seen = most, 1, 0
        self._kept: list[Preview] = []
        self._last: Preview | None = None

    def add(self, preview: Preview) -> None:
        """Take the next picture."""
        self._last = preview
        if self._seen % self._stride == 0:
            self._kept.append(preview)
        self._seen += 1
        if len(self._kept) > self._most:
            self._kept, self._stride = self._kept[::2], self._stride * 2

    def all(self) -> tuple[Preview, ...]:
        """What was kept, in order; the last picture always."""
        if self._last is None or (self._kept and self._kept[-1] is self._last):
            return tuple(self._kept)
        return (*self._kept, self._last)


def newest(variants: tuple[Variant, ...], limit: int = MAX_VARIANT_BYTES) -> tuple[Variant, ...]:
    """As many of the last variants as may be kept; the very last one always."""
    kept, held = list(variants[-MAX_VARIANTS:]), sum(variant.pixels.nbytes for variant in variants[-MAX_VARIANTS:])
    while len(kept) > 1 and held > limit:
        held -= kept.pop(0).pixels.nbytes
    return tuple(kept)


class Restorer(QObject):
    """Starts runs on the current document, and keeps or discards what they made."""

    previewed = Signal(object)
    """A `Preview` of the current document's run; None when there is none to show any more."""
    told = Signal(str)
    """A sentence for the user that is no failure."""
    withdrawn = Signal(str)
    """A sentence that is not true any more."""
    device_known = Signal(str, str)
    """Device and model of the last run."""

    def __init__(self, workspace: Workspace, door: JobDoor, store: Store) -> None:
        super().__init__(workspace)
        self._workspace, self._door, self._store = workspace, door, store
        self._source = self._new_source(store.value)
        self._live: Document | None = None
        """The document whose run has shown a picture."""
        self._wanting: dict[str, str] = {}
        """What was said to be missing, "mask" or "edges", and the sentence, until it is there."""
        self._weighing: Document | None = None
        """Whose kept variant's strength is being changed."""
        self._runs: WeakSet[Ticket] = WeakSet()
        self._failure = ""
        """Why a run failed, until one succeeds."""
        door.failed.connect(self._failed)
        store.changed.connect(self._settings_changed)
        workspace.document_changed.connect(self._document_changed)
        workspace.current_changed.connect(self.settle_strength)

    @property
    def running(self) -> bool:
        """Whether a run of the photo in front shows its pictures."""
        return self._live is not None and self._live is self._workspace.document

    # -- runs ------------------------------------------------------------------------------------------

    def restore(self) -> list[Ticket]:
        """Queue a run for each variant wanted; edges that a person drew or changed are followed."""
        document = self._workspace.document
        if document is None or not self._has_mask(document):
            return []
        edges = document.own_edges
        return self._queue(document, edges if any(e is not None for e in edges) else (), self.tr("Restore"))

    def fill_again(self) -> list[Ticket]:
        """Queue a run that follows the edges exactly as they are drawn now."""
        document = self._workspace.document
        if document is None or not self._has_mask(document):
            return []
        if all(edges is None for edges in document.edges):
            said = self.tr("There are no drawn edges yet: restore once, or draw some with the edge pencil.")
            self._want("edges", said)
            return []
        return self._queue(document, document.edges, self.tr("Fill from edges"))

    def _queue(self, document: Document, edges: tuple[U8 | None, ...], name: str) -> list[Ticket]:
        settings = self._store.value
        request = Request(
            photo=document.original,  # `_submit` has the worker put in what was kept since
            mask=document.masks["missing"].copy(),
            blurred=document.masks["blurred"].copy() if document.masks["blurred"].any() else None,
            method=settings.method,
            steps=settings.steps,
            sampler=settings.sampler,
            seed=settings.seed,
            frames=document.frames or None,
            edges=edges,
            feather=settings.feather,
            canny=Canny(settings.canny_low, settings.canny_high),
            grain=settings.grain,
            reference=document.reference if settings.method in engine.NETWORK_METHODS else None,
        )
        count = settings.variants if settings.method in engine.NETWORK_METHODS else 1
        seeds = [settings.seed + i for i in range(count)]
        names = [name if count == 1 else self.tr("{0} {1} of {2}").format(name, i + 1, count) for i in range(count)]
        together = object()
        return [
            self._submit(document, replace(request, seed=seed), title, together)
            for seed, title in zip(seeds, names, strict=True)
        ]

    def _submit(self, document: Document, request: Request, name: str, group: object) -> Ticket:
        source, previews, picture = self._source, Previews(), document.picture

        def work(progress: Progress) -> Any:
            models = source.get() if request.method in engine.NETWORK_METHODS else None
            whole = replace(request, photo=picture.photo())
            return Variant.of(whole, engine.restore(whole, models, progress))

        def reported(report: Report) -> None:
            if report.preview is not None:
                previews.add(report.preview)
                if self._workspace.document is document:
                    self._live = document
                    self.previewed.emit(report.preview)

        def ended() -> None:
            if self._live is document:
                self._live = None
                self.previewed.emit(None)

        run = Ticket(
            name,
            work,
            reported=reported,
            done=lambda variant: self._arrived(document, picture, replace(variant, previews=previews.all())),
            ended=ended,
            group=group,
            owner=document,
        )
        self._runs.add(run)
        return self._door.submit(run)

    def _failed(self, ticket: Ticket, why: engine.Sentence) -> None:
        if ticket in self._runs:
            self._failure = spoken(why)

    def _arrived(self, document: Document, picture: Picture, variant: Variant) -> None:
        photo = self._workspace.holding(document)
        if photo is None:
            return  # closed meanwhile
        if self._failure:
            self.withdrawn.emit(self._failure)
            self._failure = ""
        self.device_known.emit(variant.device, variant.model)
        if document is not self._workspace.document:
            self.told.emit(self.tr("{0} is restored: the variant waits there.").format(photo.title))
        if variant.notes:
            self.told.emit(" ".join(spoken(note) for note in variant.notes))
        if picture.original is not document.original:
            self.told.emit(self.tr("The photo got another shape while this variant was made; it was discarded."))
            return
        self._offer(document, variant, picture)
        self._take_faces(document, variant)

    def _offer(self, document: Document, variant: Variant, picture: Picture) -> None:
        """Put a variant of that picture among the others and show it; one that is there already is only shown.

        If another one was kept meanwhile, or something painted, it is not shown over that.
        """
        same = next((known for known in document.results if known.same_picture(variant)), None)
        if same is None:
            document.set_results(newest((*document.results, variant)), of=picture)
        elif same.seed != variant.seed:
            told = self.tr("Seed {0} gives the same picture as seed {1}: for variants, take more steps.")
            self.told.emit(told.format(variant.seed, same.seed))
        if picture is document.picture:
            document.show_variant(same or variant)
        else:
            self.told.emit(self.tr("The photo changed while this variant was made: it waits below the photo."))

    def _take_faces(self, document: Document, variant: Variant) -> None:
        """Show the frames the run found and the edges it drew, so that both can be edited."""
        frames = tuple(face.frame for face in variant.faces)
        if not document.frames and frames:
            document.set_frames(frames, self.tr("Find faces"))
        for face in variant.faces:
            if face.frame not in document.frames:
                continue
            index = document.frames.index(face.frame)
            document.set_visible_edges(index, face.visible_edges)
            if document.own_edges[index] is None and face.drawn_edges.any():
                document.set_edges(index, face.drawn_edges, self.tr("Edges of the run"), by_run=True)

    def _has_mask(self, document: Document) -> bool:
        if all(map(engine.is_empty, document.masks.values())):
            self._want("mask", self.tr("Nothing is masked: paint over the damage first, or let it be detected."))
            return False
        return True

    def _want(self, what: str, said: str) -> None:
        """Say that something is missing, until it is there."""
        self._wanting[what] = said
        self.told.emit(said)

    def _document_changed(self, what: str, _box: Box) -> None:
        document = self._workspace.document
        if document is None or what not in self._wanting:
            return
        if what == "mask" or any(edges is not None for edges in document.edges):
            self.withdrawn.emit(self._wanting.pop(what))

    # -- results ---------------------------------------------------------------------------------------

    def choose(self, index: int) -> None:
        """Show a variant; -1: the photo without any."""
        document = self._workspace.document
        if document is not None:
            document.show_variant(document.results[index] if 0 <= index < len(document.results) else None)

    def weaken(self, strength: float) -> None:
        """Lay the shown variant over the photo as strongly as that, 0..1; or, where none is shown, the kept one."""
        document = self._workspace.document
        if document is None:
            return
        if document.shown is not None:
            document.set_strength(document.shown, strength)
        else:
            self._weighing = document
            document.weaken_kept(strength, self.tr("Strength"))

    def settle_strength(self) -> None:
        """What became of the kept variant's strength is one undo step."""
        document, self._weighing = self._weighing, None
        if document is not None:
            document.settle_strength()

    def keep(self) -> None:
        """Put the shown variant into the photo and clear the mask it filled: one undo step."""
        document = self._workspace.document
        if document is not None:
            document.keep_shown(self.tr("Restore"))

    def discard(self) -> None:
        """Drop the shown variant, or all of them if none is shown."""
        document = self._workspace.document
        if document is None:
            return
        shown = document.shown
        rest = tuple(v for v in document.results if v is not shown) if shown is not None else ()
        document.set_results(rest)
        document.show_variant(rest[-1] if rest and shown is not None else None)

    # -- models ----------------------------------------------------------------------------------------

    @property
    def models(self) -> ModelSource:
        """The models of the present settings, loaded once, by the worker."""
        return self._source

    def _settings_changed(self, before: Settings, value: Settings) -> None:
        if (before.device, before.backend) != (value.device, value.backend):
            self._source = self._new_source(value)

    @staticmethod
    def _new_source(value: Settings) -> ModelSource:
        return ModelSource(device=value.device, backend=value.backend)
