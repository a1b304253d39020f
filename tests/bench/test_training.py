"""What `ci/bench training` measures is what it says; what is stored is what it measures."""

from importlib import import_module

import numpy as np
import pytest
from conftest import ROOT
from publishing.bench import training
from publishing.chapter.editions import FRAMEWORKS

from book.data import load_digits
from book.experiments import measured


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_keys_for_each_word_take_more_calls_and_give_the_same_loss(framework):
    data, losses, calls = load_digits(), [], []
    arrays = data.train_source[:4], data.train_target[:4]
    taught = import_module(f"book.{framework}")
    for way in ("", training.KEYS):
        model, _, batch = training.ready(framework, arrays)
        attention, counted = model.decoder.attention, []
        project = attention.project_keys
        attention.project_keys = lambda states, into=counted, do=project: (
            into.append(1) or do(states)
        )
        if way:
            training._project_for_each_word(attention)
        loss = taught.masked_loss(model(*batch), batch[1])
        losses.append(loss.item() if hasattr(loss, "item") else float(loss))
        calls.append(len(counted))
    assert calls == [1, arrays[1].shape[1]]
    np.testing.assert_allclose(*losses, rtol=1e-6)


def test_stored_figures_are_those_that_are_measured_now(tmp_path):
    with training.competitors(ROOT, tmp_path) as competitors:
        names = [competitor.name for competitor in competitors]
    stored = [
        what if what == training.NOTE else f"{framework}: {what}"
        for framework in FRAMEWORKS
        for what in measured("training", framework)
    ]
    assert list(dict.fromkeys(stored)) == names


def test_figures_that_are_not_stored_are_asked_for():
    with pytest.raises(FileNotFoundError, match="run ci/bench view --json resources/measured/"):
        measured("view", "pytorch")
    with pytest.raises(ValueError, match="'x' is no framework: choose pytorch or tensorflow"):
        measured("training", "x")
