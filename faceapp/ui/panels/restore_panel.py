"""The Restore panel: what the next run will be."""

from __future__ import annotations

import random
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QSpinBox, QWidget

import engine
from faceapp.settings import Settings
from faceapp.ui.look.widgets import (
    Rows,
    Section,
    Segments,
    Slider,
    choice_box,
    choose,
    hint,
    number_box,
    row,
    styled,
    tool_button,
)
from faceapp.ui.settings_store import Store

MAX_SEED = 2**31 - 1
"""The most that Qt's number box holds."""
_QUALITY: dict[str, int | None] = {"preview": 1, "standard": None}
"""Steps by name; None: the model's own.  No name stands for what measures worse than these."""


class RestorePanel(QWidget):
    """Edits the run's part of the settings."""

    restore_wanted = Signal()

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        rows = Rows(self)
        self.method = self._combo(
            engine.Method,
            {
                "auto": self.tr("Automatic"),
                "diffusion": self.tr("Diffusion (faces)"),
                "patchmatch": self.tr("PatchMatch (areas)"),
                "telea": self.tr("Telea (scratches)"),
                "ns": self.tr("Navier-Stokes (scratches)"),
            },
        )
        rows.add(self.tr("Method"), self.method)
        self.quality = Segments(
            self.tr("Quality"),
            (
                ("preview", self.tr("Preview"), self.tr("One step: soft, and nearest to the truth on average")),
                ("standard", self.tr("Standard"), self.tr("The model's own number of steps: sharper")),
            ),
        )
        self.quality_caption = rows.add(self.tr("Quality"), self.quality)
        self.seed = number_box(QSpinBox(minimum=0, maximum=MAX_SEED))
        self.dice = tool_button("dice", self.tr("Another seed"))
        line = row(self.seed, self.dice, stretch=False)
        line.setStretch(0, 1)
        self.seed_caption = rows.add(self.tr("Seed"), line, focus=self.seed)
        self.variants = Slider(self.tr("Variants"), low=1, high=8)
        self.variants_caption = rows.add(self.tr("Variants"), self.variants)
        self.grain = QCheckBox(self.tr("As in the photo"))
        self.grain.setToolTip(self.tr("What is restored gets the grain that the photo has, if it has any"))
        rows.add(self.tr("Grain"), self.grain)
        self.go = styled(QPushButton(self.tr("Restore")), "primary")
        self.go.setToolTip(self.tr("Fill what is masked (Ctrl+Return)"))
        self.go.setMinimumHeight(32)
        rows.wide(self.go)
        self.advanced = Section(self.tr("Advanced"), "settings", self._advanced(), open_=False)
        rows.wide(self.advanced)
        self._connect()
        self.show_settings(store.value)

    def _advanced(self) -> QWidget:
        """What is set once and left alone, with a sentence each."""
        body = QWidget()
        rows = Rows(body)
        rows.setContentsMargins(0, 8, 0, 0)
        self.steps = number_box(QSpinBox(minimum=0, maximum=1000))
        self.steps.setSpecialValueText(self.tr("Automatic"))
        self.steps_caption = rows.add(self.tr("Steps"), self.steps)
        rows.wide(
            hint(self.tr("How often a face is gone over. More than Standard takes add noise, and measure worse."))
        )
        self.sampler = self._combo(
            engine.SamplerName, {"dpmpp_2m": "DPM-Solver++ 2M", "heun": "Heun", "ddim": "DDIM", "ddpm": "DDPM"}
        )
        self.sampler_caption = rows.add(self.tr("Sampler"), self.sampler)
        rows.wide(hint(self.tr("The rule that leads from one step to the next; the first needs the fewest.")))
        self.feather = Slider(self.tr("Seam"), low=0, high=20, suffix=self.tr(" px"), decimals=1, step=0.5)
        rows.add(self.tr("Seam"), self.feather)
        rows.wide(hint(self.tr("How far the fill fades into the photo at the mask's border; 0 cuts it off sharply.")))
        self.device = self._combo(engine.Device, {"auto": self.tr("Automatic"), "cpu": self.tr("CPU"), "cuda": "CUDA"})
        rows.add(self.tr("Device"), self.device)
        rows.wide(hint(self.tr("What computes. Automatic takes a graphics card where there is one that can.")))
        return body

    def show_settings(self, value: Settings) -> None:
        """Show the settings, without writing them back."""
        widgets = (self.method, self.sampler, self.device, self.steps, self.seed, self.grain)
        blocked = [QSignalBlocker(widget) for widget in widgets]
        for combo, chosen in (
            (self.method, value.method),
            (self.sampler, value.sampler),
            (self.device, value.device),
        ):
            choose(combo, chosen)
        self.steps.setValue(value.steps or 0)
        self.seed.setValue(value.seed)
        self.variants.set_value(value.variants)
        self.feather.set_value(value.feather)
        self.grain.setChecked(value.grain)
        known = [name for name, steps in _QUALITY.items() if steps == value.steps]
        self.quality.set_value(known[0] if known else None)
        networks = value.method in engine.NETWORK_METHODS
        for widget in (
            self.quality, self.quality_caption, self.steps, self.steps_caption, self.sampler,
            self.sampler_caption, self.seed, self.seed_caption, self.dice, self.variants,
            self.variants_caption,
        ):  # fmt: skip
            widget.setEnabled(networks)
        del blocked

    def new_seed(self) -> None:
        """Roll another seed."""
        self._put(replace(self._store.value, seed=random.randrange(MAX_SEED)))

    def _connect(self) -> None:
        store = self._store
        self.method.currentIndexChanged.connect(
            lambda: self._put(replace(store.value, method=self.method.currentData()))
        )
        self.sampler.currentIndexChanged.connect(
            lambda: self._put(replace(store.value, sampler=self.sampler.currentData()))
        )
        self.device.currentIndexChanged.connect(
            lambda: self._put(replace(store.value, device=self.device.currentData()))
        )
        self.quality.chosen.connect(lambda name: self._put(replace(store.value, steps=_QUALITY[name])))
        self.steps.valueChanged.connect(lambda steps: self._put(replace(store.value, steps=steps or None)))
        self.seed.valueChanged.connect(lambda seed: self._put(replace(store.value, seed=seed)))
        self.variants.changed.connect(lambda n: self._put(replace(store.value, variants=int(n))))
        self.feather.changed.connect(lambda width: self._put(replace(store.value, feather=width)))
        self.grain.toggled.connect(lambda on: self._put(replace(store.value, grain=on)))
        self.dice.clicked.connect(self.new_seed)
        self.go.clicked.connect(self.restore_wanted)
        store.changed.connect(lambda _before, value: self.show_settings(value))

    def _put(self, value: Settings) -> None:
        self._store.put(value)

    @staticmethod
    def _combo(kind: object, texts: dict[str, str]) -> QComboBox:
        combo = choice_box(kind, texts)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return combo
