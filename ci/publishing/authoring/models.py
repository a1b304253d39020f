"""Exports the trained translators of a chapter, for the site's pages to compute with.

`ci/execute` runs this in the chapter's kernel when all cells have run. Both frameworks' models have
one form: the matrices of the formulas, in 12 bits a number. Beside it stands what the framework
itself makes of sentences that the model has not learned, which a test compares with the page's.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from publishing.chapter.files import EXPECTED

Array = np.ndarray[Any, Any]

SENTENCES = 200
SAMPLE, SAMPLE_NUMBER = "4 2 5 5 5", 32_005_200  # what a page shows before the reader types
BITS = 12  # 11 would move weights by more than 0.001
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
DECIMALS = 4


def export_models(models: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """Write models, by their names and frameworks, and what they give, into a folder."""
    for name, versions in models.items():
        for framework, model in versions.items():
            words, (sample, *texts) = _texts_for(model)
            shown, *expected = _translations(model, framework, [sample, *texts])
            arrays = arrays_of(_in_pytorch(model))
            content = {**words, "sample": shown, **packed(arrays)}
            _write(folder / f"{name}.{framework}.json", content)
            _write(folder / f"{name}.{framework}{EXPECTED}.json", expected)


def _write(path: Path, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_text(f"{text}\n", "utf-8")


def _texts_for(model: Any) -> tuple[dict[str, object], list[str]]:  # noqa: ANN401  either framework's
    """Return a model's words, and texts: a sample, and others that it has not learned."""
    from book.data import MAXIMUM_WORDS, load_digits, vocabulary
    from book.numerals import UNIT_OF, number_texts, other_language, split_numbers

    if not hasattr(model, "vocabularies"):
        tokens = list(vocabulary.tokens)
        texts = [vocabulary.decode(row) for row in load_digits().test_source[:SENTENCES]]
        return {"source": tokens, "target": tokens, "steps": MAXIMUM_WORDS + 1}, [SAMPLE, *texts]
    source, target = model.vocabularies
    (to,) = (language for language, unit in UNIT_OF.items() if unit == target.unit)
    texts = number_texts([SAMPLE_NUMBER, *split_numbers().test[:SENTENCES]], to).source
    words = {"source": list(source.tokens), "target": list(target.tokens), "steps": 40}
    return {"languages": [other_language(to), to], **words}, texts


def _in_pytorch(model: Any) -> Any:  # noqa: ANN401
    """Return a model with the same parameters in PyTorch, whose names and shapes are exported."""
    from book.data import vocabulary
    from book.parity import copy_text_translator, copy_translator
    from book.pytorch.decoder import Translator
    from book.pytorch.numbers import make_text_translator

    if hasattr(model, "state_dict"):
        return model
    if hasattr(model, "vocabularies"):
        text_twin = make_text_translator(model.vocabularies)
        copy_text_translator(model, text_twin)
        return text_twin
    twin = Translator(len(vocabulary))
    copy_translator(model, twin)
    return twin


def arrays_of(model: Any) -> dict[str, Array]:  # noqa: ANN401
    """Return the matrices of a translator's formulas.

    What a token adds to a gate before the sigmoid is looked up: embedding, kernel and bias are
    multiplied out, (vocabulary, 4 hidden). Gates are in the order i, f, g, o.
    """
    get = {name: value.numpy(force=True) for name, value in model.state_dict().items()}
    embedding = get["encoder.embedding.weight"]
    arrays = {}
    is_bidirectional = "encoder.lstm.weight_hh_l0_reverse" in get
    for name, end in (("forwards", "_l0"), ("backwards", "_l0_reverse"))[: 1 + is_bidirectional]:
        bias = get[f"encoder.lstm.bias_ih{end}"] + get[f"encoder.lstm.bias_hh{end}"]
        arrays[f"{name} token"] = embedding @ get[f"encoder.lstm.weight_ih{end}"].T + bias
        arrays[f"{name} state"] = get[f"encoder.lstm.weight_hh{end}"]
    for name in ("W1", "W2", "v"):
        arrays[name] = get[f"decoder.attention.{name}.weight"]
    kernel, hidden = get["decoder.lstm.weight_ih"], arrays["W1"].shape[0]
    bias = get["decoder.lstm.bias_ih"] + get["decoder.lstm.bias_hh"]
    arrays["decoder token"] = get["decoder.embedding.weight"] @ kernel[:, hidden:].T + bias
    arrays["decoder context"] = kernel[:, :hidden]
    arrays["decoder state"] = get["decoder.lstm.weight_hh"]
    arrays["projection"] = get["decoder.projection.weight"]
    arrays["projection bias"] = get["decoder.projection.bias"][None]
    return arrays


def packed(arrays: Mapping[str, Array]) -> dict[str, object]:
    """Return matrices as text: whole numbers of 12 bits, two digits each, and a scale for each row.

    The upper digits of all numbers come first: many are alike, and gzip makes them shorter.
    """
    scales, numbers = [], []
    for matrix in arrays.values():
        scale = np.abs(matrix).max(axis=1, keepdims=True) / (2 ** (BITS - 1) - 1)
        scale[scale == 0] = 1
        scales.append(scale.astype("<f4").ravel())
        whole = np.round(matrix / scale).astype(np.int32).ravel()
        numbers.append(np.where(whole < 0, -2 * whole - 1, 2 * whole))  # the sign is the last bit
    together = np.concatenate(numbers)
    digits = np.frombuffer(DIGITS.encode(), np.uint8)
    text = digits[np.concatenate([together >> 6, together & 63])].tobytes().decode()
    shapes = [[name, *matrix.shape] for name, matrix in arrays.items()]
    return {
        "shapes": shapes,
        "scales": b64encode(np.concatenate(scales).tobytes()).decode(),
        "numbers": text,
    }


def _translations(model: Any, framework: str, texts: list[str]) -> list[dict[str, object]]:  # noqa: ANN401
    """Return the words that the framework writes for each text, and its weights times 10,000."""
    package = import_module(f"book.{framework}")
    translate = package.translate_text if hasattr(model, "vocabularies") else package.translate
    found = []
    for text in texts:
        translation, weights = translate(model, text)
        whole = np.round(np.asarray(weights) * 10**DECIMALS).astype(int).tolist()
        found.append({"text": text, "translation": translation, "weights": whole})
    return found
