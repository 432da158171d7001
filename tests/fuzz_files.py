"""Damaged and hostile files by the thousand: `python tests/fuzz_files.py --cases 50000` (needs a POSIX system).

Cases are numbered; a target and a number always make the same file.  Workers run with a limit on memory and on the
CPU time of a case, so that a crash, a hang or a bomb ends one worker, is reported by its number, and the run goes on.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine import Backend

ROOT = Path(__file__).resolve().parents[1]
HANG_S = 5.0
MEMORY = 2 << 30
TARGETS = ("photo", "mask", "project", "model")
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 17_000, 65_500, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_WORDS = ("", "..", "../../evil", "/etc/passwd", "photo.png", "manifest.json", "a\0b", "é" * 300)


# -- damaging files ----------------------------------------------------------------------------------------


def damaged(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """The file with one to six things done to it that files suffer, or attackers do."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        at = rng.randrange(max(1, min(len(out), rng.choice((64, 512, 1 << 30)))))  # headers are where it hurts
        kind = rng.randrange(8)
        if kind == 0 and out:
            out[min(at, len(out) - 1)] ^= 1 << rng.randrange(8)
        elif kind == 1 and out:
            out[min(at, len(out) - 1)] = rng.randrange(256)
        elif kind in (2, 3):
            width = rng.choice((2, 4, 8))
            number = rng.choice(_NUMBERS) & ((1 << 8 * width) - 1)
            out[at : at + width] = number.to_bytes(width, rng.choice(("big", "little")))
        elif kind == 4:
            del out[at:]
        elif kind == 5:
            del out[at : at + rng.randrange(1, 64)]
        elif kind == 6:
            out[at:at] = out[at : at + rng.randrange(1, 300)] or b"\0"
        else:
            other = rng.choice(others)
            cut = rng.randrange(len(other))
            out[at : at + 200] = other[cut : cut + rng.randrange(1, 200)]
    return _whole_png(bytes(out)) if rng.random() < 0.5 else bytes(out)


def _whole_png(data: bytes) -> bytes:
    """A PNG with its check sums set right again, or they would shield the rest of the reader."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return data
    out, at = bytearray(data), 8
    while at + 12 <= len(out):
        end = at + 8 + int.from_bytes(out[at : at + 4], "big")
        if end + 4 > len(out):
            break
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out)


def damaged_tree(tree: Any, rng: random.Random) -> Any:
    """A JSON value with something in it replaced by nonsense of the same or another kind."""
    if isinstance(tree, dict | list) and tree and rng.random() < 0.9:
        key = rng.choice(list(tree)) if isinstance(tree, dict) else rng.randrange(len(tree))
        copy = dict(tree) if isinstance(tree, dict) else list(tree)
        copy[key] = damaged_tree(tree[key], rng)
        if isinstance(copy, dict) and rng.random() < 0.05:
            del copy[key]
        return copy
    nonsense: list[object] = [
        None,
        True,
        -1,
        1e308,
        float("nan"),
        float("inf"),
        10**30,
        [],
        {},
        [[]] * 50,
        *_WORDS,
        *_NUMBERS,
    ]
    return rng.choice(nonsense)


def hostile_zip(data: bytes, rng: random.Random, photos: list[bytes]) -> bytes:
    """A project with damaged bytes, manifest, members, names or sizes."""
    kind = rng.randrange(4)
    if kind == 0:
        return damaged(data, rng, photos)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if kind == 1:
        manifest = json.loads(members["manifest.json"])
        for _ in range(rng.choice((1, 1, 2, 4))):
            manifest = damaged_tree(manifest, rng)
        members["manifest.json"] = json.dumps(manifest).encode()
    elif kind == 2:
        name = rng.choice(list(members))
        bomb = bytes(rng.choice((1 << 16, 1 << 22, 1 << 25)))
        members[name] = rng.choice((damaged(members[name], rng, photos), bomb, b"[" * 100_000, rng.choice(photos)))
    else:
        name = rng.choice(list(members))
        members[rng.choice(_WORDS).replace("\0", "") or "x"] = members.pop(name)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    out = bytearray(stream.getvalue())
    if rng.random() < 0.3:  # a lie on a member's size in the directory at the end
        at = out.rfind(b"PK\x01\x02", 0, rng.randrange(max(1, len(out) - 100), len(out)))
        out[at + 24 : at + 28] = rng.choice(_NUMBERS).to_bytes(4, "little")
    return bytes(out)


# -- targets -----------------------------------------------------------------------------------------------

Case = Callable[[random.Random, Path], str]


def _photo_cases(seeds: Path) -> Case:
    import fuzz_seeds
    import numpy as np

    from engine import Box, PhotoError, losses, read_photo, write_photo

    photos = fuzz_seeds.photos(seeds)

    def run(rng: random.Random, folder: Path) -> str:
        path = folder / f"a{rng.choice(('.png', '.jpg', '.tif', ''))}"
        path.write_bytes(damaged(rng.choice(photos), rng, photos))
        try:
            photo = read_photo(path)
            if photo.pixels.size < 1 << 22:  # what could be read must be paintable and writable
                box = Box(2, 3, 12, 10).clipped(photo.size)
                shape = (max(0, box.height), max(0, box.width))
                painted = photo.painted(box, np.full((*shape, 3), 0.7, np.float32), np.ones(shape, np.float32))
                suffix = rng.choice((path.suffix, ".png", ".jpg", ".tif", ".webp", ".bmp")) or ".jpg"
                losses(painted, suffix)
                write_photo(painted, folder / f"b{suffix}", force=True)
                read_photo(folder / f"b{suffix}")  # what is written must be readable
        except PhotoError as error:
            return _sentence(error)
        return "read"

    return run


def _mask_cases(seeds: Path) -> Case:
    import fuzz_seeds

    from engine import MaskError, PhotoError, Size, read_mask

    photos = fuzz_seeds.photos(seeds)

    def run(rng: random.Random, folder: Path) -> str:
        path, size = folder / "mask", Size(*fuzz_seeds.SIZE)
        path.write_bytes(damaged(rng.choice(photos), rng, photos))
        try:
            mask = read_mask(path, size)
        except (PhotoError, MaskError) as error:
            return _sentence(error)
        assert mask.shape == (size.height, size.width)
        return "read"

    return run


def _project_cases(seeds: Path) -> Case:
    import fuzz_seeds

    from engine import PhotoError
    from faceapp.storage.project import ProjectError
    from faceapp.storage.project_reading import read_project

    photos, data = fuzz_seeds.photos(seeds), fuzz_seeds.project(seeds)

    def run(rng: random.Random, folder: Path) -> str:
        path = folder / "a.facemend"
        path.write_bytes(hostile_zip(data, rng, photos))
        try:
            read_project(path)
        except (ProjectError, PhotoError) as error:
            return _sentence(error)
        return "read"

    return run


def _model_cases(seeds: Path) -> Case:
    import fuzz_seeds
    import numpy as np

    from engine import EngineError, load_models
    from engine.runtime.onnx_backend import open_session

    outside = seeds / "outside.bin"
    outside.write_bytes(np.ones(9, np.float32).tobytes())
    graphs = [
        fuzz_seeds.graph(),
        *(fuzz_seeds.graph(external=name) for name in ("../outside.bin", str(outside), "/dev/zero", "w.bin")),
    ]
    weights = fuzz_seeds.safetensors()

    def run(rng: random.Random, folder: Path) -> str:
        names = [f"{n}.{p}.onnx" for n in ("edges", "fine") for p in ("fp32", "fp16")]
        files = {name: rng.choice(graphs) if rng.random() < 0.2 else graphs[0] for name in names}
        files |= {f"{n}.safetensors": weights for n in ("edges", "fine")}
        name = rng.choice(list(files))
        lied_about = rng.random() < 0.5
        catalog = fuzz_seeds.catalog(files)
        files[name] = damaged(files[name], rng, [*graphs, weights])
        if not lied_about:  # whoever changed the file changed the catalog too
            catalog = fuzz_seeds.catalog(files)
        if rng.random() < 0.2:
            catalog = json.dumps(damaged_tree(json.loads(catalog), rng)).encode()
        for file, content in (*files.items(), ("catalog.json", catalog)):
            (folder / file).write_bytes(content)
        said = "loaded"
        backends: tuple[Backend, ...] = ("onnx", "onnx", "torch")
        backend = rng.choice(backends) if "torch" in sys.modules else "onnx"
        try:
            load_models(device="cpu", folder=folder, backend=backend)
        except EngineError as error:
            said = _sentence(error)
        if not lied_about and name.endswith(".onnx"):
            try:
                session = open_session(folder / name)
                session.run({session.inputs[0]: np.zeros((1, 1, 8, 8), np.float32)})
            except EngineError as error:
                _sentence(error)
        return said

    return run


def _sentence(error: Exception) -> str:
    text = str(error)
    assert len(text.splitlines()) == 1, f"not one sentence: {text!r}"
    assert "not enough memory" not in text, f"took all its memory: {text}"
    return type(error).__name__


_CASES = {"photo": _photo_cases, "mask": _mask_cases, "project": _project_cases, "model": _model_cases}


# -- running them ------------------------------------------------------------------------------------------


def work(target: str, first: int, last: int, scratch: Path) -> None:
    """Run cases in this process and print a line of JSON for each that is of interest; then a summary."""
    tempfile.tempdir = str(scratch)
    (scratch / "seeds").mkdir()
    if target == "model":
        import torch  # noqa: F401 - before memory is limited
    run = _CASES[target](scratch / "seeds")
    _watch(scratch)
    outcomes: Counter[str] = Counter()
    folder = scratch / "case"
    slowest = 0.0
    for number in range(first, last):
        print(json.dumps({"at": number}), flush=True)
        folder.mkdir()
        signal.setitimer(signal.ITIMER_PROF, 2 * HANG_S)  # ends the process
        start = time.process_time()
        try:
            outcomes[run(random.Random(f"{target} {number}"), folder)] += 1
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            print(json.dumps({"found": f"{type(error).__name__}: {error}"[:500]}), flush=True)
        spent = time.process_time() - start
        signal.setitimer(signal.ITIMER_PROF, 0)
        slowest = max(slowest, spent)
        if spent > HANG_S:
            print(json.dumps({"found": f"took {spent:.1f} s of CPU time"}), flush=True)
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(json.dumps({"outcomes": outcomes, "slowest_s": round(slowest, 2), "peak_mb": peak}), flush=True)


def _watch(scratch: Path) -> None:
    """Limit what may still be allocated, and report writing outside the scratch folder and any socket."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    inside = os.path.realpath(scratch)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str) and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            path = os.path.realpath(arguments[0])
            if path not in (inside, os.devnull) and not path.startswith(inside + os.sep):
                raise AssertionError(f"wrote to {path}")
        if event.startswith("socket."):
            raise AssertionError(f"opened a socket: {event}")

    sys.addaudithook(hook)


def fuzz(target: str, first: int, last: int) -> dict[str, Any]:
    """Run the cases `first` to `last` of a target in workers; what they found, by case number, and figures."""
    found: dict[int, str] = {}
    outcomes: Counter[str] = Counter()
    figures = {"slowest_s": 0.0, "peak_mb": 0}
    while first < last:
        with tempfile.TemporaryDirectory(prefix="facemend-fuzz-") as scratch:
            command = [sys.executable, __file__, "--worker", target, str(first), str(last), scratch]
            paths = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
            done = subprocess.run(
                command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths}, check=False
            )
        at = None
        for line in done.stdout.splitlines():
            if not line.startswith("{"):
                continue  # a library's own grumbling
            told = json.loads(line)
            at = told.get("at", at)
            if "found" in told and at is not None:
                found[at] = told["found"]
            outcomes.update(told.get("outcomes", {}))
            figures = {key: max(value, told.get(key, 0)) for key, value in figures.items()}
        if done.returncode == 0:
            break
        if at is None:
            raise RuntimeError(f"the worker did not start: {done.stderr}")
        found[at] = f"the process ended with {done.returncode}: {done.stderr.strip()[-300:]}"
        first = at + 1
    return {"found": found, "outcomes": dict(outcomes), **figures}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="cases of each target")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--target", choices=TARGETS, action="append")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        target, first, last, scratch = options.worker
        work(target, int(first), int(last), Path(scratch))
        return 0
    bad = 0
    for target in options.target or TARGETS:
        start = time.perf_counter()
        result = fuzz(target, options.first, options.first + options.cases)
        bad += len(result["found"])
        print(target, options.cases, json.dumps(result), f"{time.perf_counter() - start:.0f} s", flush=True)
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
