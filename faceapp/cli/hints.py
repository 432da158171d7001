"""Which option of the command line helps when a job cannot start: the jobs know no options, a window runs them too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from faceapp.messages import ExistsError, UsageError

PHOTO: Mapping[type[UsageError], str] = {ExistsError: "--force overwrites what is there"}
BATCH: Mapping[type[UsageError], str] = {ExistsError: "--resume skips those, --force overwrites them"}


@contextmanager
def hinting(hints: Mapping[type[UsageError], str]) -> Iterator[None]:
    """Add the hint for its kind to an error; it goes round a function as a decorator, too."""
    try:
        yield
    except UsageError as error:
        hint = hints.get(type(error))
        if hint is None:
            raise
        raise UsageError("{0}; {1}", error.sentence, hint) from error
