"""How TensorFlow and Keras start: quietly, alike for every reader, sharing the GPU with PyTorch."""

import os
import sys
import warnings
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


if sys.flags.optimize > 1:
    raise ImportError("TensorFlow needs its docstrings: unset PYTHONOPTIMIZE=2, or set it to 1")

# TensorFlow 2.20 and later show their LLVM to all that is loaded after them, and Triton 3.7, which
# PyTorch for CUDA loads at its first optimizer, crashes on it: tensorflow/tensorflow#124205.
with suppress(ImportError):
    import triton  # noqa: F401

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read once, when TensorFlow is imported
# The book's matrices are small. To share one out among threads takes longer than to multiply it.
# Read once, when TensorFlow first computes: what a reader has set has the last word.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
# Read once, when Keras is imported: stronger than the backend that its keras.json names.
os.environ["KERAS_BACKEND"] = "tensorflow"
with silent_standard_error():
    try:
        import keras
    except AssertionError as error:  # the only thing that Keras says of a wrong setting
        raise ImportError("Keras refuses its keras.json: mend it, or unset KERAS_HOME") from error
    import tensorflow as tf

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"Keras already computes with {keras.backend.backend()}, because it was imported before "
        "the book: unset KERAS_BACKEND, restart Python, and import book.tensorflow first"
    )

# What a keras.json or a notebook's first lines may have set otherwise: the defaults of Keras.
keras.config.set_floatx("float32")
keras.config.set_dtype_policy("float32")
keras.config.set_epsilon(1e-7)
keras.config.set_image_data_format("channels_last")

# Keras 3.12 reads variables in a way that NumPy 2 warns of: where a reader has made errors of
# warnings, no model could be saved.
message = "__array__ implementation doesn't accept a copy keyword"
warnings.filterwarnings("ignore", message=message, category=DeprecationWarning)

for gpu in tf.config.list_physical_devices("GPU"):
    # By default TensorFlow takes all of the GPU's memory at its first use.
    tf.config.experimental.set_memory_growth(gpu, True)

# By default a GPU rounds the factors of a product to TF32's 10 bits: too coarse to compare.
tf.config.experimental.enable_tensor_float_32_execution(False)
