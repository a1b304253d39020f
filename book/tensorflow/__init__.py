"""The book's code in TensorFlow, under the same names as in `book.pytorch`."""

import book.tensorflow.runtime  # noqa: I001  first: it settles how TensorFlow starts

from book.tensorflow.attention import AdditiveAttention
from book.tensorflow.bottleneck import (
    BottleneckTranslator,
    long_match,
    make_translator,
    match_by_length,
    train_long,
)
from book.tensorflow.decoder import Decoder, Translator
from book.tensorflow.distributed import (
    Training,
    batch_loss,
    flat_weights,
    load_training,
    loss_sum,
    make_training,
    save_training,
    sum_over_workers,
    train_worker,
    worker_programs,
    worker_step,
    workers_here,
)
from book.tensorflow.encoder import Encoder
from book.tensorflow.multihead import (
    MultiHeadAttention,
    linear,
    normalisation,
    rotated,
    scaled_dot_attention,
)
from book.tensorflow.numbers import (
    BidirectionalEncoder,
    NoAttention,
    TextTranslator,
    TrainingRun,
    UnmaskedAttention,
    beam_texts,
    clipped_step,
    date_match,
    make_text_translator,
    number_match,
    number_mistakes,
    number_weights,
    round_match,
    translate_number,
    weights_of,
    date_weights,
    train_best,
    trained_translator,
    translate_text,
    validation_loss,
    write_texts,
)
from book.tensorflow.scores import (
    AdditiveScore,
    CosineScore,
    DotScore,
    GeneralScore,
    LocalAttention,
    LuongDecoder,
    ScaledDotScore,
    Score,
    ScoreAttention,
    make_attention,
    make_score_translator,
    score_losses,
)
from book.tensorflow.speed import train_quickly, wrong_sentences
from book.tensorflow.training import make_batches, masked_loss, train, train_step
from book.tensorflow.translation import (
    beam_decode,
    beam_search,
    exact_match,
    greedy_decode,
    translate,
)
from book.tensorflow.transformer import (
    DecoderLayer,
    EncoderLayer,
    FeedForward,
    Positions,
    Residual,
    Transformer,
    TransformerDecoder,
    TransformerEncoder,
    causal_mask,
)
from book.tensorflow.transformer_runs import (
    attentions_of,
    decode_greedily,
    head_weights,
    reversal_match,
    silenced,
    silent_match,
    trained_transformer,
    transformer_match,
    transformer_texts,
)
