"""The models of both frameworks: by hand, at the edges, and against each other."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
import torch

import book.pytorch
import book.tensorflow
from book.data import EOS, PAD, SOS, vocabulary
from book.parity import copy_bottleneck, copy_lstm, copy_translator

SOURCE = np.array([[4, 2, 5, 5, 5, EOS], [3, EOS, 0, 0, 0, 0], [1, 2, EOS, 0, 0, 0]])
TARGET = np.array([[9, 7, 10, 10, 10, EOS], [8, EOS, 0, 0, 0, 0], [6, 7, EOS, 0, 0, 0]])


@pytest.fixture(scope="module")
def twins():
    """A TensorFlow translator and its PyTorch twin with the same weights."""
    import keras

    keras.utils.set_random_seed(0)
    tensorflow_model = book.tensorflow.Translator(len(vocabulary))
    pytorch_model = book.pytorch.Translator(len(vocabulary))
    copy_translator(tensorflow_model, pytorch_model)
    return tensorflow_model, pytorch_model


def test_equal_weights_give_equal_gradients(twins):
    with tf.GradientTape() as tape:
        loss = book.tensorflow.masked_loss(
            twins[0](tf.constant(SOURCE), tf.constant(TARGET)), tf.constant(TARGET)
        )
    kernel = tape.gradient(loss, twins[0].decoder.attention.W2.kernel)
    twins[1].zero_grad()
    target = torch.tensor(TARGET)
    book.pytorch.masked_loss(twins[1](torch.tensor(SOURCE), target), target).backward()
    weight = twins[1].decoder.attention.W2.weight
    np.testing.assert_allclose(kernel.numpy(), weight.grad.numpy().T, rtol=1e-4, atol=1e-7)


def test_padding_behind_a_sentence_changes_nothing(twins):
    long, short = SOURCE[1:2], SOURCE[1:2, :2]
    target = TARGET[1:2, :2]
    np.testing.assert_allclose(
        twins[0](tf.constant(long), tf.constant(target)),
        twins[0](tf.constant(short), tf.constant(target)),
        rtol=0,
        atol=1e-6,
    )
    with torch.no_grad():
        difference = twins[1](torch.tensor(long), torch.tensor(target)) - twins[1](
            torch.tensor(short), torch.tensor(target)
        )
    assert difference.abs().max() <= 1e-6


class AlwaysEos:
    """A stand-in for a model that ends every sentence at once."""

    def __init__(self, framework, batch=1):
        """`framework` makes arrays: tf or torch."""
        logits = np.eye(len(vocabulary), dtype=np.float32)[[EOS] * batch]
        self.logits = (tf.constant if framework is tf else torch.tensor)(logits)
        self.encoder = lambda source: (source, None)
        self.decoder = lambda token, state, keys, states, mask: (self.logits, state, states)
        self.decoder.attention = SimpleNamespace(project_keys=lambda states: states)


def test_decoding_stops_at_eos():
    source = np.array([[4, EOS]])
    tokens = book.tensorflow.greedy_decode(AlwaysEos(tf), tf.constant(source), 3)[0].numpy()
    torch_tokens = book.pytorch.greedy_decode(AlwaysEos(torch), torch.tensor(source), 3)[0]
    assert tokens.tolist() == torch_tokens.tolist() == [[EOS]]


def test_decoding_goes_on_until_every_sentence_of_a_batch_has_ended():
    source = np.array([[4, EOS], [4, EOS]])
    logits = np.eye(len(vocabulary), dtype=np.float32)[[EOS, 6]]
    for package, framework in ((book.tensorflow, tf), (book.pytorch, torch)):
        make = tf.constant if framework is tf else torch.tensor
        model = AlwaysEos(framework, batch=2)
        model.logits = make(logits)
        tokens, weights = package.greedy_decode(model, make(source), 3)
        assert tokens.numpy().tolist() == [[EOS, PAD, PAD], [6, 6, 6]]
        assert len(weights[0]) == 3


def test_exact_match_counts_whole_sentences():
    # The stand-in writes no word: right for the first sentence, wrong for the second.
    source, target = np.array([[EOS, PAD], [3, EOS]]), np.array([[EOS, PAD], [8, EOS]])
    for package, framework in ((book.tensorflow, tf), (book.pytorch, torch)):
        model = AlwaysEos(framework, batch=2)
        assert package.exact_match(model, source, target) == 0.5


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize(
    ("package", "make"),
    [(book.tensorflow, tf.constant), (book.pytorch, torch.tensor)],
    ids=["tensorflow", "pytorch"],
)
def test_exact_match_sees_a_mistake_at_each_place(package, make, place, monkeypatch):
    source = np.array([[3, 4, 5, 1, 2, EOS], [3, EOS, PAD, PAD, PAD, PAD]])
    target = np.array([[8, 9, 10, 6, 7, EOS], [8, EOS, PAD, PAD, PAD, PAD]])
    written = target.copy()
    monkeypatch.setattr(package.translation, "greedy_decode", lambda *_: (make(written), None))
    assert package.exact_match(None, source, target) == 1
    written[0, place] = 3  # a word of the source
    assert package.exact_match(None, source, target) == 0.5


def test_additive_attention_is_its_equations_with_a_matrix_for_each_side():
    # W1, W2 and v are no identity and no two of them are alike: exchanged, the scores differ.
    W1, W2 = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([[0.2, 1.0], [-1.0, 0.4]])
    v, state = np.array([[1.0], [-0.7]]), np.array([[0.3, -0.6]])
    states = np.array([[[1.0, 0.0], [-0.5, 2.0], [0.1, 0.1]]])
    mask = np.array([[True, True, False]])
    scores = (np.tanh(state[:, None] @ W1 + states @ W2) @ v)[:, :, 0]  # equation (1)
    weights = np.exp(scores) * mask / (np.exp(scores) * mask).sum()  # equation (2)
    context = weights @ states[0]  # equation (3)

    layer = book.tensorflow.AdditiveAttention(2)
    inputs = [np.float32(array) for array in (state, states)]
    for part, matrix in ((layer.W1, W1), (layer.W2, W2), (layer.v, v)):
        part.set_weights([matrix])
    module = book.pytorch.AdditiveAttention(2)
    with torch.no_grad():
        for part, matrix in ((module.W1, W1), (module.W2, W2), (module.v, v)):
            part.weight.copy_(torch.from_numpy(matrix.T))
        query, values = map(torch.tensor, inputs)
        in_pytorch = module(query, module.project_keys(values), values, torch.tensor(mask))
    query, values = map(tf.constant, inputs)
    in_tensorflow = layer(query, layer.project_keys(values), values, tf.constant(mask))
    for found in (in_tensorflow, in_pytorch):
        np.testing.assert_allclose(found[0].numpy(), context, rtol=1e-5)
        np.testing.assert_allclose(found[1].numpy(), weights, rtol=1e-5)


def test_the_copy_holds_the_second_bias_of_a_layer_as_pytorch_makes_it():
    import keras

    layer, twin = keras.layers.LSTMCell(3), torch.nn.LSTMCell(2, 3)
    layer.build((None, 2))
    copy_lstm(layer, twin)
    assert not twin.bias_hh.requires_grad
    assert (twin.bias_hh == 0).all()
    assert twin.bias_ih.requires_grad


def test_products_keep_all_their_bits_on_a_gpu():
    assert not tf.config.experimental.tensor_float_32_execution_enabled()
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


class Tree:
    """A stand-in for a model that gives hand-made probabilities: greedy takes the worse sentence.

    6 8 has 0.6 x 0.4 and 7 8 10 has 0.4 x 0.9 x 1. What follows 8 depends on the word before it,
    which only the state knows.
    """

    def __init__(self, framework):
        """`framework` makes arrays: tf or torch."""
        self.make = tf.constant if framework is tf else torch.tensor
        self.decoder = self  # which has the attention, too
        self.attention = SimpleNamespace(project_keys=lambda states: states)
        self.next = {
            "": {"6": 0.6, "7": 0.4},
            "6": {"8": 0.4, "9": 0.35, "10": 0.25},
            "7": {"8": 0.9, "9": 0.1},
            "7 8": {"10": 1.0},
        }

    def encoder(self, source):
        """Return states (batch, source, 1) and the state, 2 x (batch, 3): the last tokens read."""
        nothing = self.make(np.zeros((len(source), 3), dtype=np.float32))
        return self.make(np.zeros((*source.shape, 1), dtype=np.float32)), (nothing, nothing)

    def __call__(self, token, state, keys, states, mask):
        """Return log-probabilities as logits (batch, vocabulary), and token added to the state."""
        assert len(token) == len(state[0]) == len(state[1]) == len(states) == len(mask)
        read = np.concatenate([state[0].numpy()[:, 1:], token.numpy()[:, None]], axis=1)
        probabilities = np.full((len(token), len(vocabulary)), 1e-9, dtype=np.float32)
        for row, tokens in enumerate(read.astype(int)):
            text = " ".join(vocabulary.tokens[t] for t in tokens if t not in (PAD, SOS))
            for word, probability in self.next.get(text, {"EOS": 1.0}).items():
                probabilities[row, vocabulary.ids[word]] = probability
        read = self.make(read.astype(np.float32))
        return self.make(np.log(probabilities)), (read, read), states[:, :, 0]


BEAM_SEARCHES = pytest.mark.parametrize(
    ("package", "framework"),
    [(book.tensorflow, tf), (book.pytorch, torch)],
    ids=["tensorflow", "pytorch"],
)


@BEAM_SEARCHES
def test_a_beam_of_two_finds_the_sentence_that_greedy_misses(package, framework):
    (greedy,) = package.beam_search(Tree(framework), "1 2", beam_size=1)
    best, second = package.beam_search(Tree(framework), "1 2", beam_size=2)
    assert [greedy[0], best[0], second[0]] == ["6 8", "7 8 10", "6 8"]
    probabilities = np.exp([greedy[1], best[1], second[1]])
    np.testing.assert_allclose(probabilities, [0.24, 0.36, 0.24], rtol=1e-4)


@BEAM_SEARCHES
def test_the_score_of_beam_search_is_divided_by_the_length(package, framework):
    (sum_of_logs,) = package.beam_search(Tree(framework), "1", beam_size=1)
    (mean,) = package.beam_search(Tree(framework), "1", beam_size=1, length_power=1.0)
    assert mean[1] == pytest.approx(sum_of_logs[1] / 3)  # two words and EOS


@BEAM_SEARCHES
def test_a_beam_wider_than_the_vocabulary_ranks_its_sentences(package, framework):
    ranked = package.beam_search(Tree(framework), "1 2", beam_size=20)
    scores = [score for _, score in ranked]
    assert [text for text, _ in ranked[:3]] == ["7 8 10", "6 8", "6 9"]
    assert scores == sorted(scores, reverse=True)
    assert len(ranked) == 20


@BEAM_SEARCHES
@pytest.mark.parametrize("beam_size", [0, -1])
def test_beam_search_refuses_a_beam_of_less_than_one(package, framework, beam_size):
    with pytest.raises(ValueError, match=rf"^beam_size is {beam_size}: .*$"):
        package.beam_search(Tree(framework), "1 2", beam_size=beam_size)


@BEAM_SEARCHES
@pytest.mark.parametrize(
    ("rows", "sizes", "named"),
    [
        (1, {"beam_size": 0}, "beam_size is 0: at least 1 is needed"),
        (1, {"beam_size": 2, "steps": 0}, "steps is 0: at least 1 is needed"),
        (2, {"beam_size": 2}, "source has 2 rows: beam search takes one sentence"),
    ],
)
def test_a_beam_refuses_what_it_cannot_search(package, framework, rows, sizes, named):
    source = (tf.constant if framework is tf else torch.tensor)(np.array([[1, EOS]] * rows))
    with pytest.raises(ValueError, match=f"^{named}$"):
        package.beam_decode(Tree(framework), source, **sizes)


class Filler(AlwaysEos):
    """A stand-in for a model that would rather write PAD or SOS than a word, and 6 than EOS."""

    def __init__(self, framework):
        """`framework` makes arrays: tf or torch."""
        super().__init__(framework)
        logits = np.zeros((1, len(vocabulary)), dtype=np.float32)
        logits[:, [PAD, SOS, vocabulary.ids["6"]]] = 9, 8, 5
        self.logits = (tf.constant if framework is tf else torch.tensor)(logits)


@BEAM_SEARCHES
def test_what_is_no_answer_is_never_written(package, framework):
    source = (tf.constant if framework is tf else torch.tensor)(np.array([[1, EOS]]))
    tokens, _ = package.greedy_decode(Filler(framework), source, 3)
    assert tokens.numpy().tolist() == [[6, 6, 6]]
    assert package.translate(Filler(framework), "1")[0] == "6 6 6 6 6 6"


@BEAM_SEARCHES
@pytest.mark.parametrize(
    ("text", "named"),
    [("4 seven", "'seven'"), ("4 6", "'6'"), ("  ", "empty"), ("1 2 3 4 5 1", "6 words")],
)
@pytest.mark.parametrize("function", ["translate", "beam_search"])
def test_a_sentence_that_cannot_be_read_is_named(package, framework, function, text, named):
    with pytest.raises(ValueError, match=rf"^[^\n]*{named}[^\n]*$"):
        getattr(package, function)(AlwaysEos(framework), text)


def test_one_training_step_lowers_the_loss_alike(twins):
    import keras

    model = book.tensorflow.Translator(len(vocabulary))
    twin = book.pytorch.Translator(len(vocabulary))
    copy_translator(model, twin)
    optimizer = keras.optimizers.SGD(0.1)
    twin_optimizer = torch.optim.SGD(twin.parameters(), lr=0.1)
    ours = [
        float(
            book.tensorflow.train_step(model, optimizer, tf.constant(SOURCE), tf.constant(TARGET))
        )
        for _ in range(5)
    ]
    theirs = [
        float(
            book.pytorch.train_step(
                twin, twin_optimizer, torch.tensor(SOURCE), torch.tensor(TARGET)
            )
        )
        for _ in range(5)
    ]
    assert ours[-1] < ours[0]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


def test_special_tokens_are_three_different_tokens():
    assert len({PAD, SOS, EOS}) == 3


# --- Translators without attention --------------------------------------------------------------

PACKAGES = [(book.tensorflow, tf.constant), (book.pytorch, torch.tensor)]


def logits_of(package, make, model, source, target):
    logits = model(make(source), make(target))
    return logits.numpy() if package is book.tensorflow else logits.numpy(force=True)


@pytest.mark.parametrize("kind", ["once", "again"])
def test_copied_translators_of_one_vector_agree(kind):
    import keras

    keras.utils.set_random_seed(0)
    models = [package.make_translator(kind, 7) for package, _ in PACKAGES]
    copy_bottleneck(models[0], models[1].to("cpu"))
    first, second = (
        logits_of(package, make, model, SOURCE, TARGET)
        for (package, make), model in zip(PACKAGES, models, strict=True)
    )
    np.testing.assert_allclose(first, second, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["once", "again"])
@pytest.mark.parametrize(("package", "make"), PACKAGES, ids=["tensorflow", "pytorch"])
def test_one_vector_does_not_depend_on_padding_nor_a_word_on_those_after_it(package, make, kind):
    model = package.make_translator(kind, 7)
    model = model.to("cpu") if package is book.pytorch else model
    whole = logits_of(package, make, model, SOURCE, TARGET)
    short = logits_of(package, make, model, SOURCE[1:2, :2], TARGET[1:2, :2])
    np.testing.assert_allclose(whole[1:2, :2], short, rtol=0, atol=1e-6)
    changed = TARGET.copy()
    changed[0, 3] = 6
    other = logits_of(package, make, model, SOURCE, changed)
    np.testing.assert_allclose(whole[0, :4], other[0, :4], rtol=0, atol=1e-6)
    assert abs(whole[0, 4] - other[0, 4]).max() > 1e-4


@pytest.mark.parametrize(("package", "make"), PACKAGES, ids=["tensorflow", "pytorch"])
def test_budgets_of_the_three_kinds_are_equal(package, make):
    counts = {}
    for kind, size in (("once", 81), ("again", 68), ("attention", 64)):
        model = package.make_translator(kind, size)
        if package is book.tensorflow:
            counts[kind] = model.count_params()
        else:
            learned = [part for part in model.parameters() if part.requires_grad]
            counts[kind] = sum(part.numel() for part in learned)
    assert counts == {"once": 75770, "again": 75169, "attention": 75981}


@pytest.mark.parametrize("package", [book.tensorflow, book.pytorch])
def test_a_kind_that_there_is_not_is_named(package):
    with pytest.raises(ValueError, match=r"^kind is 'twice': choose once, again or attention$"):
        package.make_translator("twice", 8)


@pytest.mark.parametrize(("package", "make"), PACKAGES, ids=["tensorflow", "pytorch"])
def test_match_by_length_counts_whole_sentences_of_each_length(package, make):
    # The stand-in writes every word right but for one of the last sentence; there is none of four.
    right = np.eye(len(vocabulary), dtype=np.float32)[TARGET]
    right[2, 1] = np.eye(len(vocabulary))[PAD]  # PAD is never an answer, nor any word here
    logits = make(right)
    model = lambda source, target: logits  # noqa: E731
    shares = package.match_by_length(model, SOURCE, TARGET)
    assert shares[:2] == [1.0, 0.0]
    assert np.isnan(shares[2:4]).all()
    assert shares[4] == 1.0
