"""Exports the trained translators of a chapter, for the site's pages to compute with.

`ci/execute` runs this in the chapter's kernel when all cells have run. Both frameworks' models have
one form: the matrices of the formulas, in 16 bits a number or fewer. Beside it stands what the
framework itself makes of sentences that the model has not learned, which a test compares with the
page's.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from publishing.chapter.files import EXPECTED

Array = np.ndarray[Any, Any]

SENTENCES = 200
# What a page shows before the reader types.
SAMPLE, SAMPLE_NUMBER, SAMPLE_DAY = "4 2 5 5 5", 32_005_200, date(2025, 1, 5)
STEPS = 40  # tokens of a translated text, at most
LARGEST = 386_000  # bytes of a model's numbers over the wire, where each digit takes six bits
MOST = 16  # bits of a number
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
DECIMALS = 4
LARGE = 3  # times as many tokens as numbers in an embedding, and a table of tokens is too large


def export_models(models: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """Write models, by their names and frameworks, and what they give, into a folder."""
    for name, versions in models.items():
        for framework, model in versions.items():
            words, (sample, *texts) = _texts_for(name, model)
            shown, *expected = _translations(model, framework, [sample, *texts])
            arrays = arrays_of(_in_pytorch(model))
            content = {**words, "sample": shown, **packed(arrays)}
            _write(folder / f"{name}.{framework}.json", content)
            _write(folder / f"{name}.{framework}{EXPECTED}.json", expected)


def _write(path: Path, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    path.write_text(f"{text}\n", "utf-8")


def _texts_for(name: str, model: Any) -> tuple[dict[str, object], list[str]]:  # noqa: ANN401
    """Return what a model reads and writes, and texts: a sample, and others that are new to it.

    A name is that of its task, such as digits, or of its task and the language it writes, dates-ko.
    """
    from book.data import MAXIMUM_WORDS, load_digits, vocabulary
    from book.dates import WrittenDate, date_texts, split_dates
    from book.numerals import number_texts, other_language, split_numbers

    task, _, to = name.partition("-")
    if task == "digits":
        tokens = list(vocabulary.tokens)
        words = {"task": task, "source": tokens, "target": tokens, "steps": MAXIMUM_WORDS + 1}
        new = [vocabulary.decode(row) for row in load_digits().test_source[:SENTENCES]]
        return words, [SAMPLE, *new]
    if task == "numbers":
        texts = number_texts([SAMPLE_NUMBER, *split_numbers().test[:SENTENCES]], to)
    elif task == "dates":
        sample = WrittenDate(SAMPLE_DAY, "full", has_year=True)
        texts = date_texts([sample, *split_dates().test[:SENTENCES]], to)
    else:
        raise ValueError(
            f"the model {name!r} has no task that a page knows: digits, numbers, dates"
        )
    languages = [other_language(to), to]
    source, target = (list(vocabulary.tokens) for vocabulary in model.vocabularies)
    words = {"languages": languages, "source": source, "target": target, "steps": STEPS}
    return {"task": task, **words}, texts.source


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
    multiplied out, (vocabulary, 4 hidden). Where an encoder has so many tokens that they would be
    more numbers so, embedding and kernel stay, and the bias is the kernel's last column. Gates are
    in the order i, f, g, o.
    """
    get = {name: value.numpy(force=True) for name, value in model.state_dict().items()}
    embedding = get["encoder.embedding.weight"]
    tokens, size = embedding.shape
    is_factored = tokens > LARGE * size
    arrays = {"source embedding": embedding} if is_factored else {}
    is_bidirectional = "encoder.lstm.weight_hh_l0_reverse" in get
    for name, end in (("forwards", "_l0"), ("backwards", "_l0_reverse"))[: 1 + is_bidirectional]:
        bias = get[f"encoder.lstm.bias_ih{end}"] + get[f"encoder.lstm.bias_hh{end}"]
        kernel = get[f"encoder.lstm.weight_ih{end}"]
        if is_factored:
            arrays[f"{name} kernel"] = np.hstack([kernel, bias[:, None]])
        else:
            arrays[f"{name} token"] = embedding @ kernel.T + bias
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
    """Return matrices as text: whole numbers, as exact as the size allows, and a scale per row.

    The first bits of a matrix's numbers come first, six in a digit, then their second ones, and so
    on: the first are mostly alike, which gzip makes use of.
    """
    bits = _bits([matrix.size for matrix in arrays.values()])
    shapes, scales, numbers = [], [], []
    for (name, matrix), count in zip(arrays.items(), bits, strict=True):
        shapes.append([name, *matrix.shape, count])
        scale = np.abs(matrix).max(axis=1, keepdims=True) / (2 ** (count - 1) - 1)
        scale[scale == 0] = 1
        scales.append(scale.astype("<f4").ravel())
        whole = np.round(matrix / scale).astype(np.int32).ravel()
        whole = np.where(whole < 0, -2 * whole - 1, 2 * whole)  # the sign is the last bit
        by_six = np.pad(whole, (0, -len(whole) % 6)).reshape(-1, 6)
        numbers += [(by_six >> bit & 1) @ 2 ** np.arange(6)[::-1] for bit in reversed(range(count))]
    text = np.frombuffer(DIGITS.encode(), np.uint8)[np.concatenate(numbers)].tobytes().decode()
    return {
        "shapes": shapes,
        "scales": b64encode(np.concatenate(scales).tobytes()).decode(),
        "numbers": text,
    }


def _bits(sizes: Sequence[int]) -> list[int]:
    """Return how many bits the numbers of each matrix get, which halve what rounding moves.

    One by one they go to the matrix where they do most for their cost: a small one.
    """
    bits = [MOST - 8] * len(sizes)
    left = 8 * LARGEST - sum(bits[0] * size for size in sizes)
    while growing := [place for place, count in enumerate(bits) if count < MOST]:
        best = min(growing, key=lambda place: sizes[place] * 4 ** bits[place])
        left -= sizes[best]
        if left < 0:
            break
        bits[best] += 1
    return bits


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
