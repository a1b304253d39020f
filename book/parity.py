"""Parameters copied from a TensorFlow layer to its PyTorch twin. Needs both frameworks.

Equal parameters make equal outputs: this is how the book shows that the two columns of code are the
same model. Every copy raises ValueError where the twins differ in size or type, and for a layer of
Keras that was never called: it has no parameters yet.
"""

import book.tensorflow  # noqa: F401, I001  first: it settles how TensorFlow starts

from operator import attrgetter

import keras
import numpy as np
import torch
from torch import nn


def parameters_of(tensorflow_layer: keras.layers.Layer) -> dict[str, np.ndarray]:
    """Return a layer's parameters as arrays, by name. Raises ValueError when it has none yet."""
    parameters = {
        parameter.name: parameter.numpy() for parameter in tensorflow_layer.trainable_weights
    }
    if not parameters:
        raise ValueError(f"{tensorflow_layer.name} has no parameters yet: call it once, then copy")
    return parameters


@torch.no_grad()
def put(values: np.ndarray, parameter: torch.Tensor) -> None:
    """Copy an array into a parameter of PyTorch.

    Raises ValueError where shape or type differ: nothing is repeated or rounded on the way.
    """
    source = torch.from_numpy(values)
    if (source.shape, source.dtype) != (parameter.shape, parameter.dtype):
        raise ValueError(
            f"TensorFlow has {tuple(source.shape)} {source.dtype}, PyTorch "
            f"{tuple(parameter.shape)} {parameter.dtype}: give both models the same sizes and type"
        )
    parameter.copy_(source)


# Taught in chapters/02-encoder.ipynb; ci/sync copies it (bdd84e65).
def copy_embedding(tensorflow_layer: keras.layers.Embedding, pytorch_layer: nn.Embedding) -> None:
    """Copy an embedding table (vocabulary, embedding): both frameworks store it alike."""
    put(parameters_of(tensorflow_layer)["embeddings"], pytorch_layer.weight)


# Taught in chapters/02-encoder.ipynb; ci/sync copies it (f2f6ccb5).
@torch.no_grad()
def copy_lstm(
    tensorflow_layer: keras.layers.LSTM | keras.layers.LSTMCell,
    pytorch_layer: nn.LSTM | nn.LSTMCell,
) -> None:
    """Copy an LSTM or LSTMCell: transpose kernels, put the bias into the first of two.

    The second bias stays 0, in training too: two biases would move twice as far as one.
    """
    of = parameters_of(tensorflow_layer)
    suffix = "" if isinstance(pytorch_layer, nn.LSTMCell) else "_l0"
    put(of["kernel"].T, getattr(pytorch_layer, f"weight_ih{suffix}"))
    put(of["recurrent_kernel"].T, getattr(pytorch_layer, f"weight_hh{suffix}"))
    put(of["bias"], getattr(pytorch_layer, f"bias_ih{suffix}"))
    getattr(pytorch_layer, f"bias_hh{suffix}").zero_().requires_grad_(False)


# Taught in chapters/02-encoder.ipynb; ci/sync copies it (979ab0c8).
def copy_encoder(tensorflow_encoder: keras.Model, pytorch_encoder: nn.Module) -> None:
    """Copy all parameters of an encoder."""
    copy_embedding(tensorflow_encoder.embedding, pytorch_encoder.embedding)
    copy_lstm(tensorflow_encoder.lstm, pytorch_encoder.lstm)


# Taught in chapters/04-attention.ipynb; ci/sync copies it (1d3def7e).
def copy_linear(tensorflow_layer: keras.layers.Dense, pytorch_layer: nn.Linear) -> None:
    """Copy a dense layer: Keras multiplies by (input, output), PyTorch stores (output, input)."""
    of = parameters_of(tensorflow_layer)
    put(of["kernel"].T, pytorch_layer.weight)
    if "bias" in of:
        put(of["bias"], pytorch_layer.bias)


# Taught in chapters/04-attention.ipynb; ci/sync copies it (08f37604).
def copy_attention(tensorflow_attention: keras.layers.Layer, pytorch_attention: nn.Module) -> None:
    """Copy W1, W2 and v of additive attention."""
    for name in ("W1", "W2", "v"):
        copy_linear(getattr(tensorflow_attention, name), getattr(pytorch_attention, name))


# Taught in chapters/03-bottleneck.ipynb; ci/sync copies it (0feff97f).
def copy_bottleneck(tensorflow_translator: keras.Model, pytorch_translator: nn.Module) -> None:
    """Copy all parameters of a translator whose halves are joined by one vector."""
    copy_encoder(tensorflow_translator.encoder, pytorch_translator.encoder)
    copy_embedding(tensorflow_translator.embedding, pytorch_translator.embedding)
    copy_lstm(tensorflow_translator.lstm, pytorch_translator.lstm)
    copy_linear(tensorflow_translator.projection, pytorch_translator.projection)


# Taught in chapters/05-decoder.ipynb; ci/sync copies it (27694f46).
def copy_decoder(tensorflow_decoder: keras.layers.Layer, pytorch_decoder: nn.Module) -> None:
    """Copy all parameters of a decoder."""
    copy_embedding(tensorflow_decoder.embedding, pytorch_decoder.embedding)
    copy_attention(tensorflow_decoder.attention, pytorch_decoder.attention)
    copy_lstm(tensorflow_decoder.lstm, pytorch_decoder.lstm)
    copy_linear(tensorflow_decoder.projection, pytorch_decoder.projection)


# Taught in chapters/05-decoder.ipynb; ci/sync copies it (9bdb4d00).
def copy_translator(tensorflow_translator: keras.Model, pytorch_translator: nn.Module) -> None:
    """Copy all parameters of a translator."""
    copy_encoder(tensorflow_translator.encoder, pytorch_translator.encoder)
    copy_decoder(tensorflow_translator.decoder, pytorch_translator.decoder)


# Taught in chapters/08-scores.ipynb; ci/sync copies it (b250cca8).
def copy_dense_layers(tensorflow_layer: keras.layers.Layer, pytorch_layer: nn.Module) -> None:
    """Copy every dense layer that both have under the same name, layers inside of them included."""
    for name, linear in pytorch_layer.named_modules():
        if isinstance(linear, nn.Linear):
            copy_linear(attrgetter(name)(tensorflow_layer), linear)


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (cc8df6d8).
def copy_bidirectional(
    tensorflow_layer: keras.layers.Bidirectional, pytorch_layer: nn.LSTM
) -> None:
    """Copy an LSTM that reads in both directions: PyTorch keeps the backward one under a suffix."""
    directions = {"": tensorflow_layer.forward_layer, "_reverse": tensorflow_layer.backward_layer}
    for suffix, layer in directions.items():
        of = parameters_of(layer)
        put(of["kernel"].T, getattr(pytorch_layer, f"weight_ih_l0{suffix}"))
        put(of["recurrent_kernel"].T, getattr(pytorch_layer, f"weight_hh_l0{suffix}"))
        put(of["bias"], getattr(pytorch_layer, f"bias_ih_l0{suffix}"))
        getattr(pytorch_layer, f"bias_hh_l0{suffix}").zero_().requires_grad_(False)


# Taught in chapters/09-korean-numbers.ipynb; ci/sync copies it (638af5c6).
def copy_text_translator(tensorflow_model: keras.Model, pytorch_model: nn.Module) -> None:
    """Copy all parameters of a translator of texts that reads in both directions."""
    copy_embedding(tensorflow_model.encoder.embedding, pytorch_model.encoder.embedding)
    copy_bidirectional(tensorflow_model.encoder.lstm, pytorch_model.encoder.lstm)
    copy_decoder(tensorflow_model.decoder, pytorch_model.decoder)


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (0494e03f).
def named(layer: keras.layers.Layer, name: str) -> object:
    """Return a part of a layer by its name in PyTorch, such as decoder.layers.0.cross.W_Q."""
    for part in name.split("."):
        layer = layer[int(part)] if part.isdigit() else getattr(layer, part)
    return layer


# Taught in chapters/10-self-attention.ipynb; ci/sync copies it (98312344).
def copy_transformer(tensorflow_model: keras.Model, pytorch_model: nn.Module) -> None:
    """Copy all parameters of a Transformer, by the names that both give to their parts."""
    for name, parameter in pytorch_model.named_parameters():
        of, _, last = name.rpartition(".")
        twin = named(tensorflow_model, of)
        if isinstance(twin, keras.layers.Dense):
            put(twin.kernel.numpy().T if last == "weight" else twin.bias.numpy(), parameter)
        elif isinstance(twin, keras.layers.Embedding):
            put(twin.embeddings.numpy(), parameter)
        elif isinstance(twin, keras.layers.LayerNormalization):
            put((twin.gamma if last == "weight" else twin.beta).numpy(), parameter)
        else:
            put(getattr(twin, last).numpy(), parameter)
