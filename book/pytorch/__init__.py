"""The book's code in PyTorch, under the same names as in `book.tensorflow`."""

from book.pytorch.attention import AdditiveAttention
from book.pytorch.bottleneck import (
    BottleneckTranslator,
    long_match,
    make_translator,
    match_by_length,
    train_long,
)
from book.pytorch.decoder import Decoder, Translator
from book.pytorch.distributed import (
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
from book.pytorch.encoder import Encoder
from book.pytorch.initialisation import initialised
from book.pytorch.multihead import MultiHeadAttention, linear, rotated, scaled_dot_attention
from book.pytorch.numbers import (
    BidirectionalEncoder,
    NoAttention,
    TextTranslator,
    TrainingRun,
    UnmaskedAttention,
    beam_texts,
    clipped_step,
    date_match,
    date_weights,
    make_text_translator,
    number_match,
    number_mistakes,
    number_weights,
    round_match,
    train_best,
    trained_translator,
    translate_number,
    translate_text,
    validation_loss,
    weights_of,
    write_texts,
)
from book.pytorch.runtime import device
from book.pytorch.scores import (
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
from book.pytorch.speed import train_quickly, wrong_sentences
from book.pytorch.training import make_batches, masked_loss, train, train_step
from book.pytorch.transformer import (
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
from book.pytorch.transformer_runs import (
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
from book.pytorch.translation import beam_decode, beam_search, exact_match, greedy_decode, translate
