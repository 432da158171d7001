"""What can go wrong in training's commands, each a sentence for the person who gave the command."""


class TrainingError(Exception):
    """Base of what training raises on purpose; `str()` of it is one sentence."""


class SourceError(TrainingError):
    """A folder of photos or a shard is missing, empty, or not laid out as it was said to be."""


class OutputError(TrainingError):
    """The output folder cannot be used."""


class WeightsError(TrainingError):
    """A weights file is missing, damaged, or another network's."""
