"""How variants lie on pictures: how strongly, and which pictures they made.  No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from engine.geometry import Box
from faceapp.editing.boxes import inside
from faceapp.editing.picture import Picture, Pixels
from faceapp.editing.variant import Variant

Offers = tuple[tuple[Variant, float], ...]
"""Variants, each with its strength."""


@dataclass(frozen=True, eq=False, slots=True)
class Keep:
    """A variant that was put on the picture `under` it, at a strength of 0..1, and the picture that came of it."""

    variant: Variant
    under: Picture
    strength: float
    picture: Picture


class Laying:
    """The variants of one document and the pictures that they lie on; it keeps neither alive."""

    def __init__(self) -> None:
        self._weakened: WeakKeyDictionary[Variant, tuple[float, Pixels]] = WeakKeyDictionary()
        """The variants that are laid at less than full strength."""
        self._bases: WeakKeyDictionary[Variant, Picture] = WeakKeyDictionary()
        """Of what picture each variant was made."""

    def made_of(self, variant: Variant, picture: Picture) -> None:
        """Remember of what picture a variant was made; the first one said holds."""
        self._bases.setdefault(variant, picture)

    def copied(self, variant: Variant) -> Variant:
        """The same variant, to be laid at a strength of its own."""
        copy = replace(variant)
        if variant in self._bases:
            self._bases[copy] = self._bases[variant]
        return copy

    def strength_of(self, variant: Variant) -> float:
        """How strongly a variant is laid, 0..1."""
        return self._weakened[variant][0] if variant in self._weakened else 1.0

    def weaken(self, variant: Variant, strength: float, picture: Picture) -> None:
        """Lay a variant as strongly as that from now on; `picture` is the one that there is."""
        self._weakened.pop(variant, None)
        if strength < 1:
            before = self._bases.get(variant, picture).pixels_in(variant.box)
            self._weakened[variant] = strength, variant.weakened(picture.original, before, strength)

    def pixels(self, variant: Variant, picture: Picture, box: Box, *, full: bool = False) -> Pixels:
        """A variant's pixels on a picture, in a box inside its own; `full`: at full strength, whatever its own.

        What was healed or cloned since the variant was made stays, where that changed nothing.
        """
        made = variant.pixels if full or variant not in self._weakened else self._weakened[variant][1]
        made, base = made[inside(box, variant.box).slices], self._bases.get(variant, picture)
        if base is picture:
            return made
        now, changed = picture.pixels_in(box), made != base.pixels_in(box)
        return np.where(changed.any(-1, keepdims=True) if made.ndim > 2 else changed, made, now)

    def laid(self, variant: Variant, under: Picture) -> Keep:
        """A variant put on a picture."""
        strength = self.strength_of(variant)
        drawn = variant.drawn and (strength > 0 or variant.missing is not None)
        picture = under.patched(variant.box, self.pixels(variant, under, variant.box), drawn=drawn)
        return Keep(variant, under, strength, picture)
