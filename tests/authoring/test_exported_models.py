"""The export of trained translators: one form for both frameworks, few bits, nothing lost."""

from base64 import b64decode

import numpy as np
import pytest
from conftest import chapter_of
from publishing.authoring.models import DIGITS, arrays_of, packed
from publishing.chapter.files import facts_of
from publishing.chapter.format import problems_of


def unpacked(content: dict) -> dict[str, np.ndarray]:
    """Return the matrices of a model's file, read as the page reads them."""
    scales = np.frombuffer(b64decode(content["scales"]), "<f4")
    digits = np.array([DIGITS.index(letter) for letter in content["numbers"]])
    whole = digits[: len(digits) // 2] * 64 + digits[len(digits) // 2 :]
    values = np.where(whole % 2, -(whole + 1) // 2, whole // 2)
    arrays, place, row = {}, 0, 0
    for name, rows, columns in content["shapes"]:
        matrix = values[place : place + rows * columns].reshape(rows, columns)
        arrays[name] = matrix * scales[row : row + rows, None]
        place, row = place + rows * columns, row + rows
    assert place == len(values)
    return arrays


def test_matrices_come_back_within_half_a_step_of_their_rows():
    generator = np.random.default_rng(0)
    arrays = {
        "wide": generator.normal(size=(3, 40)),
        "one": np.array([[-7.0]]),
        "zero": np.zeros((2, 2)),
    }
    found = unpacked(packed(arrays))
    for name, matrix in arrays.items():
        steps = np.abs(matrix).max(axis=1, keepdims=True) / 2047
        assert (np.abs(found[name] - matrix) <= 0.51 * steps + 1e-9).all()
    assert found["one"][0, 0] == pytest.approx(-7)


def test_both_frameworks_give_the_same_matrices():
    import tensorflow as tf
    from publishing.authoring.models import _in_pytorch

    import book.tensorflow  # first: it settles how TensorFlow starts

    model = book.tensorflow.Translator(13)
    model(tf.constant([[2, 12]], tf.int64), tf.constant([[7, 12]], tf.int64))
    twin = _in_pytorch(model)
    arrays = arrays_of(twin)
    assert arrays["W1"] == pytest.approx(model.decoder.attention.W1.kernel.numpy().T)
    assert arrays["forwards state"] == pytest.approx(
        model.encoder.lstm.cell.recurrent_kernel.numpy().T
    )
    assert arrays["decoder token"].shape == (13, 512)
    assert _in_pytorch(twin) is twin


@pytest.mark.parametrize(
    "models",
    [
        "digits",
        {"digits": "model"},
        {"Digits 2": {"tensorflow": "a", "pytorch": "b"}},
        {"digits": {"jax": "a"}},
        {"digits": {"tensorflow": "a"}},
        {"digits": {"tensorflow": "a", "pytorch": 2}},
    ],
)
def test_models_that_are_declared_wrong_are_refused_in_one_line(models):
    chapter = chapter_of(book={"difficulty": 2, "models": models})
    found = [problem for problem in problems_of(chapter) if "models" in problem]
    assert len(found) == 1
    assert "\n" not in found[0]


def test_declared_models_are_facts_of_the_chapter():
    models = {"digits": {"tensorflow": "a", "pytorch": "b"}}
    assert facts_of(chapter_of(book={"difficulty": 2, "models": models}).notebook).models == models
