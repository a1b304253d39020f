"""The short training of chapter 06, and how many sentences it still gets wrong, in PyTorch."""

import numpy as np
import torch
from torch import nn

from book.data import batch_order, check_seed, load_digits, vocabulary
from book.pytorch.decoder import Translator
from book.pytorch.runtime import device
from book.pytorch.training import make_batches, train, train_step
from book.pytorch.translation import exact_match
from book.schedules import QUICK, draw_order, learning_rates


def train_quickly(): ...


def wrong_sentences(): ...
