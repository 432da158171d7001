"""Sentences: English by `str()`, a template and arguments for whoever translates, and they survive a trip by pickle."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from engine import MaskError, PhotoError, Progress, Report, Sentence
from faceapp.storage.project import ProjectError

REASON = Sentence("{0} x {1} pixels are too many", 7, 9)


def test_a_sentence_is_composed_with_the_sentences_inside_it() -> None:
    said = Sentence("{0}: cannot be read, {1}", Path("a.png"), REASON)
    assert str(said) == f"{said}" == "a.png: cannot be read, 7 x 9 pixels are too many"
    assert said.said(str.upper) == "a.png: CANNOT BE READ, 7 X 9 PIXELS ARE TOO MANY"


def test_arguments_are_not_looked_into() -> None:
    assert str(Sentence("{0} and {1}", "{1}", "{2}")) == "{1} and {2}"
    assert str(Sentence("{name} is no place, {0} neither")) == "{name} is no place, {0} neither"


def test_a_sentence_is_one_line() -> None:
    assert str(Sentence("{0}: {1}", "a\nb.png", Sentence("two\r\nlines"))) == "a b.png: two lines"


def test_sentences_are_values() -> None:
    again = Sentence("{0} x {1} pixels are too many", 7, 9)
    assert again == REASON
    assert list(dict.fromkeys((REASON, again, Sentence("other")))) == [REASON, Sentence("other")]
    with pytest.raises(AttributeError):
        again.template = "other"  # type: ignore[misc]


@pytest.mark.parametrize("kind", [PhotoError, MaskError, ProjectError])
def test_errors_and_their_sentences_survive_pickle(kind: type[PhotoError]) -> None:
    error = kind("{0}: cannot be read, {1}", Path("a.png"), REASON)
    came = pickle.loads(pickle.dumps(error))
    assert type(came) is kind
    assert came.sentence == error.sentence == Sentence("{0}: cannot be read, {1}", Path("a.png"), REASON)
    assert str(came) == "a.png: cannot be read, 7 x 9 pixels are too many"


def test_a_report_carries_its_template() -> None:
    heard: list[Report] = []
    Progress(heard.append).part(0.5, 1.0).report(0.5, "step {0} of {1}", 1, 2)
    assert [(report.fraction, report.text) for report in heard] == [(0.75, Sentence("step {0} of {1}", 1, 2))]
