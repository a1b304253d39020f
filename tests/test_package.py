"""The package `book`: what it returns, what it refuses, what it imports."""

import subprocess
import sys

import numpy as np
import pytest

from book import data


def test_the_digit_language_has_every_sentence_of_one_to_five_words():
    sentences = data.all_sentences()
    assert len(sentences) == len(set(sentences)) == 5 + 25 + 125 + 625 + 3125
    assert {len(sentence.split()) for sentence in sentences} == {1, 2, 3, 4, 5}


def test_no_unseen_sentence_occurs_in_training():
    train, unseen = data.split_sentences(data.all_sentences())
    assert (len(train), len(unseen)) == (3124, 781)
    assert not set(train) & set(unseen)


def test_splitting_refuses_a_sentence_that_occurs_twice():
    with pytest.raises(ValueError, match="occurs twice"):
        data.split_sentences(["1", "2", "1"])


def test_arrays_hold_the_words_then_eos_then_padding():
    digits = data.load_digits()
    for source, target in (digits[:2], digits[2:]):
        words = (source != data.PAD) & (source != data.EOS)
        assert np.array_equal(target[words], source[words] + 5)
        assert np.array_equal(target[~words], source[~words])
        lengths = words.sum(axis=1)
        assert np.array_equal(source[np.arange(len(source)), lengths], np.full(len(source), 12))


def test_padding_refuses_a_row_that_does_not_fit():
    with pytest.raises(ValueError, match="row 1 has 3 tokens: at most 2 fit"):
        data.pad([[1], [1, 2, 3]], length=2)


def test_vocabulary_reads_back_what_it_wrote():
    ids = data.vocabulary.encode("4 2 10")
    assert ids == [4, 2, 10, data.EOS]
    assert data.vocabulary.decode(ids) == "4 2 10"


def test_vocabulary_names_a_foreign_word():
    with pytest.raises(ValueError, match="'eleven' is not in the vocabulary"):
        data.vocabulary.encode("4 eleven")


def test_every_epoch_sees_each_row_at_most_once_in_a_new_order():
    order = data.batch_order(rows=10, batch_size=3, steps=6)
    first, second = order[:3].ravel(), order[3:].ravel()
    assert order.shape == (6, 3)
    assert len(set(first)) == len(set(second)) == 9
    assert not np.array_equal(first, second)


def test_batches_larger_than_the_data_are_refused():
    with pytest.raises(ValueError, match="3 rows do not fill one batch of 4"):
        data.batch_order(rows=3, batch_size=4, steps=1)


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("", "the sentence is empty"),
        ("4 2 7", "'7' is not a source word"),
        ("four", "'four' is not a source word"),
        ("1 2 3 4 5 1", "the sentence has 6 words: at most 5 fit"),
    ],
)
def test_a_sentence_that_cannot_be_translated_is_named(sentence, named):
    with pytest.raises(ValueError, match=named):
        data.check_sentence(sentence)


def test_a_heat_map_refuses_words_that_do_not_fit():
    from book.plots import plot_attention

    with pytest.raises(ValueError, match="2 target and 3 source words"):
        plot_attention(np.zeros((3, 2)), ["1", "2", "3"], ["6", "7"])


def test_figures_have_hangul_where_python_has_no_distutils():
    code = (
        "import sys; sys.modules['distutils'] = None;"
        "from book.plots import plt; print(plt.rcParams['font.family'])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['NanumGothic']"


@pytest.mark.parametrize(
    ("module", "foreign"),
    [
        ("book.pytorch", {"tensorflow", "keras"}),
        ("book.tensorflow", {"torch"}),
        ("book.data", {"tensorflow", "keras", "torch", "matplotlib"}),
        ("book.plots", {"tensorflow", "keras", "torch"}),
        ("book.publishing.build", {"tensorflow", "keras", "torch", "matplotlib"}),
    ],
)
def test_importing_a_part_does_not_import_the_others(module, foreign):
    code = f"import sys, {module}; print(sorted(set(sys.modules) & {foreign!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("warning", "is_shown"),
    [
        ("Unexpected error from cudaGetDeviceCount(). Error 302: Error loading", False),
        ("The NVIDIA driver on your system is too old", True),
    ],
)
def test_only_a_warning_that_means_nothing_is_kept_from_the_reader(warning, is_shown):
    code = f"""
import torch, warnings

def is_available():
    warnings.warn("CUDA initialization: {warning}", UserWarning)
    return False

torch.cuda.is_available = is_available
import book.pytorch
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ("CUDA initialization" in done.stderr) is is_shown


def test_triton_is_loaded_before_tensorflow_which_it_crashes_on_afterwards(tmp_path):
    stand_in = "import sys\nprint('tensorflow' in sys.modules)\n"
    (tmp_path / "triton.py").write_text(stand_in)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import book.tensorflow"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_teaching_code_never_imports_publishing_code():
    code = (
        "import sys, book.data, book.plots, book.parity, book.tensorflow, book.pytorch;"
        "print([name for name in sys.modules if name.startswith('book.publishing')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_both_frameworks_offer_the_same_names():
    import book.pytorch
    import book.tensorflow

    def offered(package):
        return {name for name in vars(package) if not name.startswith("_")}

    modules = {"attention", "decoder", "encoder", "runtime", "training", "translation"}
    assert modules < offered(book.tensorflow)
    assert offered(book.pytorch) - {"device"} == offered(book.tensorflow) - {"book"}
