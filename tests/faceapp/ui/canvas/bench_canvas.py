"""How fast the canvas follows the hand on a large photo: python tests/faceapp/ui/canvas/bench_canvas.py [--json].

Opens a made 50-megapixel JPEG in the real window and paints with mouse and pen events.  The mouse's go in where
the window system's do (`QTest` on the `QWindow`).  A latency is the time from just before an event is sent to
the moment the event loop has painted the canvas and handed the picture to the window system.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[4]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen" if not os.environ.get("DISPLAY") else "xcb")

import numpy as np  # noqa: E402
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt  # noqa: E402
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from engine import Photo, write_photo  # noqa: E402
from engine.geometry import Box  # noqa: E402
from faceapp.app import drop_qt_variables  # noqa: E402
from faceapp.editing.mask_tools import rectangle  # noqa: E402
from faceapp.editing.variant import Variant  # noqa: E402
from faceapp.jobs import JobDoor  # noqa: E402
from faceapp.ui.main_window import MainWindow  # noqa: E402
from faceapp.ui.settings_store import Store  # noqa: E402

MEDIAN_BOUND, P95_BOUND, START_BOUND = 8.0, 16.0, 1.5
"""Milliseconds, milliseconds, seconds."""

START = """
import sys, time
sys.path.insert(0, sys.argv[1])
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

class Watch(QObject):
    told = False
    def eventFilter(self, watched, event):
        if not self.told and event.type() == QEvent.Type.Paint and type(watched).__name__ == "Welcome":
            self.told = True
            QTimer.singleShot(0, lambda: (print("visible", flush=True), QApplication.quit()))
        return False

app = QApplication(sys.argv[:1])
watch = Watch()
app.installEventFilter(watch)
from faceapp.app import run
run([])
"""


@dataclass(frozen=True, kw_only=True)
class Latency:
    """One way of painting: how long events took to be seen, in milliseconds."""

    name: str
    events: int
    median: float
    p95: float
    worst: float


class PaintWatch(QObject):
    """Counts the canvas's paint events."""

    def __init__(self, canvas: QObject) -> None:
        super().__init__()
        self.count = 0
        canvas.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


class Hand:
    """Sends mouse and pen events to a window's canvas and waits until they are on the screen."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.canvas = window, window.canvas
        self._watch = PaintWatch(self.canvas)
        self._pen = QPointingDevice(
            "pen",
            1,
            QInputDevice.DeviceType.Stylus,
            QPointingDevice.PointerType.Pen,
            QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
            1,
            1,
        )

    def settle(self) -> None:
        """Let every repaint under way finish."""
        until = time.perf_counter() + 0.15
        while time.perf_counter() < until:
            QApplication.processEvents()

    def mouse(self, points: list[QPoint]) -> list[float]:
        """A stroke with the mouse; milliseconds of every move."""
        handle, offset = self.window.windowHandle(), self.canvas.mapTo(self.window, QPoint(0, 0))
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        self._shown(lambda: QTest.mouseMove(handle, points[0] + offset))
        QTest.mousePress(handle, left, none, points[0] + offset)
        times = [self._shown(lambda at=at: QTest.mouseMove(handle, at + offset)) for at in points[1:]]  # type: ignore[misc]
        QTest.mouseRelease(handle, left, none, points[-1] + offset)
        return times

    def pen(self, points: list[QPoint]) -> list[float]:
        """A stroke with the pen, its pressure going up and down; milliseconds of every move."""
        self._tablet(QEvent.Type.TabletPress, points[0], 0.4)
        times = []
        for i, at in enumerate(points[1:]):
            pressure = 0.5 + 0.4 * math.sin(i / 5)
            times.append(self._shown(lambda at=at, p=pressure: self._tablet(QEvent.Type.TabletMove, at, p)))  # type: ignore[misc]
        self._tablet(QEvent.Type.TabletRelease, points[-1], 0.0)
        return times

    def _shown(self, send: Callable[[], None]) -> float:
        before, start = self._watch.count, time.perf_counter()
        send()
        while self._watch.count == before and time.perf_counter() - start < 5:
            QApplication.processEvents()
        return (time.perf_counter() - start) * 1000

    def _tablet(self, kind: QEvent.Type, at: QPoint, pressure: float) -> None:
        place, left = QPointF(at), Qt.MouseButton.LeftButton
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletRelease else left
        pressed = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else left
        everywhere = QPointF(self.canvas.mapToGlobal(at))
        event = QTabletEvent(
            kind, self._pen, place, everywhere, pressure, 0, 0, 0, 0, 0, Qt.KeyboardModifier.NoModifier, pressed, held
        )  # fmt: skip
        QApplication.sendEvent(self.canvas, event)


def made_photo(path: Path, megapixels: float) -> Path:
    """Write a JPEG of soft noise, 3:2."""
    import cv2

    height = round(math.sqrt(megapixels * 1e6 / 1.5))
    coarse = np.random.default_rng(0).integers(0, 256, (height // 40, height * 3 // 80, 3), np.uint8)
    write_photo(Photo.from_array(np.asarray(cv2.resize(coarse, (round(height * 1.5), height)), np.uint8)), path)
    return path


def curves(window: MainWindow, *, count: int, moves: int) -> Iterator[list[QPoint]]:
    """Strokes all over the canvas, with steps of about 12 pixels as a quick hand makes."""
    width, height = window.canvas.width(), window.canvas.height()
    random = np.random.default_rng(1)
    for _ in range(count):
        x, y = random.uniform(0.2, 0.8) * width, random.uniform(0.2, 0.8) * height
        turn, points = random.uniform(0, 2 * math.pi), []
        for _ in range(moves + 1):
            points.append(QPoint(round(x), round(y)))
            turn += random.normal(0, 0.25)
            step = (x + 12 * math.cos(turn), y + 12 * math.sin(turn))
            if not (20 < step[0] < width - 20 and 20 < step[1] < height - 20):
                turn += math.pi
                step = (x + 12 * math.cos(turn), y + 12 * math.sin(turn))
            x, y = step
        yield points


def measured(name: str, times: list[float]) -> Latency:
    """The figures of a list of milliseconds."""
    median, p95 = np.percentile(times, [50, 95])
    return Latency(name=name, events=len(times), median=median, p95=p95, worst=max(times))


def latencies(window: MainWindow, *, strokes: int) -> list[Latency]:
    """Paint at several zooms with mouse and pen."""
    hand, canvas, found = Hand(window), window.canvas, []
    views: list[tuple[str, Callable[[], None], float]] = [
        ("whole photo, ring 40 px", canvas.fit, 40),
        ("one to one, ring 60 px", canvas.actual, 60),
        ("one to one, ring 400 px", canvas.actual, 400),
        ("400 %, ring 80 px", lambda: canvas.zoom_to(4.0), 80),
    ]
    for name, show, ring in views:
        show()
        canvas.brush_size = ring / canvas.zoom
        for device, draw in (("mouse", hand.mouse), ("pen", hand.pen)):
            hand.settle()
            times = [t for points in curves(window, count=strokes, moves=40) for t in draw(points)]
            found.append(measured(f"{name}, {device}", times))
    return found


def undo_bytes(window: MainWindow, strokes: int) -> int:
    """Bytes held for that many more strokes all over the photo, every second one with the eraser."""
    hand, document = Hand(window), window.canvas.document
    assert document is not None
    document.history.clear()
    window.canvas.fit()
    window.canvas.brush_size = 20 / window.canvas.zoom
    hand.settle()
    for i, points in enumerate(curves(window, count=strokes, moves=12)):
        window.canvas.set_tool("eraser" if i % 2 else "brush")
        hand.mouse(points)
    return document.history.nbytes


def keeping(window: MainWindow, *, rounds: int = 7) -> tuple[float, float]:
    """Median milliseconds of Keep and of its Undo, for a result 1200 pixels square on a photo seen whole."""
    document = window.canvas.document
    assert document is not None
    x, y = document.size.width // 2 - 600, document.size.height // 2 - 600
    box, times = Box(x, y, x + 1200, y + 1200), []
    document.edit_mask("Rectangle", lambda mask: rectangle(mask, (x, y), (x + 1200, y + 1200)), within=box)
    result = Variant(
        box=box, pixels=255 - document.pixels_in(box), faces=(), method="telea", device="cpu", model="none",
        seed=0, steps=1, seconds=0.0,
    )  # fmt: skip
    for _ in range(rounds):
        document.set_results((result,))
        document.show_variant(result)
        Hand(window).settle()
        for act in (window.restorer.keep, window.actions_["undo"].trigger):
            start = time.perf_counter()
            act()
            times.append((time.perf_counter() - start) * 1000)
            Hand(window).settle()
    return float(np.median(times[::2])), float(np.median(times[1::2]))


def opened(window: MainWindow, path: Path) -> float:
    """Seconds from asking for a file to its whole picture on the canvas."""
    start = time.perf_counter()
    watch = PaintWatch(window.canvas)
    window.files.open_paths([path])
    while window.canvas.document is None or window.canvas.loading or not watch.count:
        QApplication.processEvents()
        time.sleep(0.001)  # leave the interpreter to the thread that reads
        if time.perf_counter() - start > 120:
            raise TimeoutError(str(path))
    return time.perf_counter() - start


def start_up(home: Path, *, runs: int) -> float:
    """Seconds from starting a process to a painted window, the best of some runs."""
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
    environment = os.environ | dict.fromkeys(names, str(home))
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        command = [sys.executable, "-c", START, str(ROOT)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=home) as process:
            assert process.stdout is not None
            if process.stdout.readline() != "visible\n":
                raise RuntimeError("the window did not come")
            times.append(time.perf_counter() - start)
    return min(times)


def resident() -> float:
    """This process's memory in MiB."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return math.nan


def run(*, megapixels: float, strokes: int, undo_strokes: int, starts: int) -> dict[str, object]:
    """Measure everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = start_up(folder, runs=starts) if starts else math.nan
        path = made_photo(folder / "large.jpg", megapixels)
        drop_qt_variables()
        app = QApplication([])
        door = JobDoor(app)
        window = MainWindow(store=Store(folder / "settings.json"), door=door, recovery_root=folder / "recovery")
        window.show()
        while not window.ready:
            app.processEvents()
        before, seconds = resident(), opened(window, path)
        after_open = resident()
        found = latencies(window, strokes=strokes)
        held = undo_bytes(window, undo_strokes)
        keep, undo = keeping(window)
        document = window.canvas.document
        assert document is not None
        result: dict[str, object] = {
            "platform": app.platformName(),
            "photo": f"{document.size.width} x {document.size.height}",
            "window": f"{window.width()} x {window.height()}",
            "load": os.getloadavg()[0],
            "start_s": started,
            "open_s": seconds,
            "memory_empty_mib": before,
            "memory_open_mib": after_open,
            "memory_painted_mib": resident(),
            "memory_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "undo_strokes": undo_strokes,
            "undo_mib": held / 2**20,
            "keep_ms": keep,
            "undo_ms": undo,
            "latency": [asdict(latency) for latency in found],
        }
        document.mark_saved()
        window.close()
        return result


def main() -> int:
    """Print the figures; exit 1 if a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--megapixels", type=float, default=50.0)
    parser.add_argument("--strokes", type=int, default=8, help="strokes of 40 moves for each way of painting")
    parser.add_argument("--undo-strokes", type=int, default=200)
    parser.add_argument("--starts", type=int, default=3, help="how often the window is started")
    asked = parser.parse_args()
    result = run(
        megapixels=asked.megapixels, strokes=asked.strokes, undo_strokes=asked.undo_strokes, starts=asked.starts
    )
    if asked.json:
        print(json.dumps(result))
        return 0
    rows: list[dict[str, float]] = result.pop("latency")  # type: ignore[assignment]
    for key, value in result.items():
        print(f"{key:20} {value:.2f}" if isinstance(value, float) else f"{key:20} {value}")
    print(f"\n{'event to repainted, ms':34}{'events':>7}{'median':>8}{'95 %':>8}{'worst':>8}")
    for row in rows:
        print(f"{row['name']:34}{row['events']:7}{row['median']:8.2f}{row['p95']:8.2f}{row['worst']:8.2f}")
    good = all(row["median"] < MEDIAN_BOUND and row["p95"] < P95_BOUND for row in rows)
    print(f"\nbounds: median {MEDIAN_BOUND} ms, 95 % {P95_BOUND} ms: {'held' if good else 'BROKEN'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
