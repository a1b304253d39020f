"""How TensorFlow starts: quietly, and sharing the GPU with PyTorch."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def silent_standard_error() -> Iterator[None]:
    """Drop what C++ code writes to standard error, which no setting of TensorFlow silences."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(nowhere)
        os.close(saved)


# TensorFlow 2.20 and later show their LLVM to all that is loaded after them, and Triton 3.7, which
# PyTorch for CUDA loads at its first optimizer, crashes on it: tensorflow/tensorflow#124205.
with suppress(ImportError):
    import triton  # noqa: F401

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read once, when TensorFlow is imported
with silent_standard_error():
    import tensorflow as tf

for gpu in tf.config.list_physical_devices("GPU"):
    # By default TensorFlow takes all of the GPU's memory at its first use.
    tf.config.experimental.set_memory_growth(gpu, True)

# By default a GPU rounds the factors of a product to TF32's 10 bits: too coarse to compare.
tf.config.experimental.enable_tensor_float_32_execution(False)
