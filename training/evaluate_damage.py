"""`python -m training evaluate-damage`: what the search for damage finds, misses, and marks on sound pictures."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from engine.atomic import atomic_file
from engine.damage.search import SENSITIVITY, search_damage
from engine.geometry import U8
from engine.photo.photos import Photo, read_photo
from training.data.damaged import photos_in
from training.measuring.damage_cases import DamageCase, damage_cases, sound_chips
from training.measuring.damage_report import write
from training.measuring.damage_scores import Search, SoundScore, score, score_sound
from training.options import count, percent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--shards", nargs="+", type=Path, required=True, help="tars of chips that were kept from training"
    )
    parser.add_argument("--photos", type=Path, help="folder of whole photos without damage")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables and a contact sheet")
    parser.add_argument("--limit", type=count, default=12, help="cases of each kind and strength (%(default)s)")
    parser.add_argument("--sound", type=int, default=400, help="sound chips (%(default)s)")
    usual = f"of the search, 0 to 100 ({100 * SENSITIVITY:g})"
    parser.add_argument("--sensitivity", type=percent, default=SENSITIVITY, help=usual)
    parser.add_argument("--seed", type=int, default=0, help="of the damage (%(default)s)")


def run(arguments: argparse.Namespace) -> int:
    def search(rgb8: U8) -> U8:
        return search_damage(Photo.from_array(rgb8)).at(arguments.sensitivity).mask()

    scores, shown = [], []
    for index, case in enumerate(tqdm(damage_cases(arguments.shards, limit=arguments.limit, seed=arguments.seed))):
        scores.append(score(case, search))
        if index % arguments.limit == 0:
            shown.append(_row(case, search))
    sound: dict[str, SoundScore] = {}
    if arguments.sound:
        sound["faces"] = score_sound(sound_chips(arguments.shards, arguments.sound), search)
    if arguments.photos:
        photos = (read_photo(path).rgb8() for path in photos_in(arguments.photos))
        sound["whole photos"] = score_sound(photos, search)
    print(write(scores, sound, arguments.out))
    _write_sheet(shown, arguments.out / "damage.png")
    return 0


def _row(case: DamageCase, search: Search) -> U8:
    """A case: damaged, the truth, what was found."""
    found = search(np.repeat(case.grey[..., None], 3, axis=2))
    return np.hstack((case.grey, np.where(case.truth, 255, 0).astype(np.uint8), found))


def _write_sheet(rows: list[U8], path: Path) -> None:
    """Two columns of cases."""
    if len(rows) % 2:
        rows.append(np.zeros_like(rows[0]))
    pairs = [np.hstack(rows[index : index + 2]) for index in range(0, len(rows), 2)]
    with atomic_file(path, overwrite=True) as file:
        Image.fromarray(np.vstack(pairs)).save(file, "PNG")
