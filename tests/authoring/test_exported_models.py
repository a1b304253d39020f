"""The export of trained translators: one form for both frameworks, few bits, nothing lost."""

import gzip
from base64 import b64decode

import numpy as np
import pytest
from conftest import chapter_of
from publishing.authoring.models import DIGITS, arrays_of, export_models, packed
from publishing.chapter.files import facts_of
from publishing.chapter.format import problems_of


def unpacked(content: dict) -> dict[str, np.ndarray]:
    """Return the matrices of a model's file, read as the page reads them."""
    scales = np.frombuffer(b64decode(content["scales"]), "<f4")
    digits = np.array([DIGITS.index(letter) for letter in content["numbers"]])
    arrays, place, row = {}, 0, 0
    for name, rows, columns, bits in content["shapes"]:
        plane = -(-rows * columns // 6)  # digits
        written = digits[place : place + bits * plane].reshape(bits, plane, 1)
        planes = written >> np.arange(6)[::-1] & 1  # (bits, digits, 6)
        whole = np.tensordot(2 ** np.arange(bits)[::-1], planes, axes=1).ravel()[: rows * columns]
        values = np.where(whole % 2, -(whole + 1) // 2, whole // 2)
        arrays[name] = values.reshape(rows, columns) * scales[row : row + rows, None]
        place, row = place + bits * plane, row + rows
    assert place == len(digits)
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
        steps = np.abs(matrix).max(axis=1, keepdims=True) / (2**15 - 1)
        assert (np.abs(found[name] - matrix) <= 0.51 * steps + 1e-9).all()
    assert found["one"][0, 0] == pytest.approx(-7)


def test_larger_models_get_fewer_bits_and_their_small_matrices_more():
    generator = np.random.default_rng(0)
    bits = {}
    for rows in (10, 2000, 2600):
        arrays = {"wide": generator.normal(size=(rows, 100)), "small": np.ones((5, 100))}
        content = packed(arrays)
        bits[rows] = [shape[-1] for shape in content["shapes"]]
        assert len(gzip.compress(content["numbers"].encode())) < 400_000
        steps = np.abs(arrays["wide"]).max(axis=1, keepdims=True) / (2 ** (bits[rows][0] - 1) - 1)
        assert (np.abs(unpacked(content)["wide"] - arrays["wide"]) <= 0.51 * steps).all()
    assert bits == {10: [16, 16], 2000: [15, 16], 2600: [11, 16]}


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


def test_large_vocabulary_is_exported_as_its_factors():
    """The table of what its tokens add to the gates would be most of the model."""
    import book.pytorch
    from book.data import Vocabularies
    from book.tokens import TextVocabulary

    for words, is_factored in ((20, False), (200, True)):
        vocabulary = TextVocabulary([f"w{number}" for number in range(words)], "word")
        model = book.pytorch.make_text_translator(Vocabularies(vocabulary, vocabulary))
        arrays = arrays_of(model)
        assert ("source embedding" in arrays) == ("forwards kernel" in arrays) == is_factored
        assert ("backwards token" in arrays) != is_factored
        state = {name: value.numpy(force=True) for name, value in model.state_dict().items()}
        kernel = state["encoder.lstm.weight_ih_l0_reverse"]
        bias = state["encoder.lstm.bias_ih_l0_reverse"] + state["encoder.lstm.bias_hh_l0_reverse"]
        expected = state["encoder.embedding.weight"] @ kernel.T + bias
        if is_factored:
            rows = np.hstack([arrays["source embedding"], np.ones((len(vocabulary), 1))])
            assert rows @ arrays["backwards kernel"].T == pytest.approx(expected, abs=1e-5)
        else:
            assert arrays["backwards token"] == pytest.approx(expected, abs=1e-5)


def test_model_whose_task_no_page_knows_is_named(tmp_path):
    with pytest.raises(ValueError, match="'poems-ko' has no task that a page knows: digits, num"):
        export_models({"poems-ko": {"tensorflow": None}}, tmp_path)


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
