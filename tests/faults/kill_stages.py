"""Kill a writer at every stage: `python -m tests.faults.kill_stages FOLDER`; how each kill left the files stays there.

Each victim is a fork of this process, so that nothing is imported again for it.  It ends itself by SIGKILL before
the n-th open, write, fsync, rename, link or unlink, until it survives; and the system ends it (SIGXFSZ, which nothing
catches) in the middle of a file that passes a size.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from .disk import Stages
from .writers import WRITERS, Writer


def survives(victim: Callable[[], None]) -> bool:
    """Whether a fork that does this comes to its end; exits if it fails otherwise."""
    child = os.fork()
    if child == 0:
        try:
            victim()
        except BaseException:  # noqa: BLE001 - nothing of the fork may go on
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.WEXITSTATUS(status):
        sys.exit("a victim failed instead of being killed")
    return True


def killed_at(writer: Writer, folder: Path, stage: int) -> Callable[[], None]:
    def fault(reached: int, _what: str) -> None:
        if reached == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    def victim() -> None:
        Stages(folder, fault).install(setattr)
        writer.write(folder, 2)

    return victim


def killed_past(writer: Writer, folder: Path, size: int) -> Callable[[], None]:
    def victim() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        writer.write(folder, 2)

    return victim


def fresh(folder: Path, writer: Writer) -> Path:
    folder.mkdir(parents=True)
    writer.write(folder, 1)
    return folder


def main(root: Path) -> None:
    os.fsync = lambda fd: None  # a kill loses nothing that only the disk has not got yet
    for name, writer in WRITERS.items():
        stage = 1
        while not survives(killed_at(writer, folder := fresh(root / name / f"stage {stage}", writer), stage)):
            stage += 1
        size = (folder / writer.name).stat().st_size
        for share in (0.0, 0.3, 0.6, 0.9):
            limit = int(size * share)
            if survives(killed_past(writer, fresh(root / name / f"at {limit} bytes", writer), limit)):
                sys.exit(f"{name}: survived a limit of {limit} of {size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
