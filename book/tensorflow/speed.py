"""The short training of chapter 06, and how many sentences it still gets wrong, in TensorFlow."""

import keras
import numpy as np
import tensorflow as tf

from book.data import batch_order, check_seed, load_digits, vocabulary
from book.schedules import QUICK, draw_order, learning_rates
from book.tensorflow.decoder import Translator
from book.tensorflow.training import make_batches, train, train_step
from book.tensorflow.translation import exact_match


def train_quickly(): ...


def wrong_sentences(): ...
