"""How parameters start, in PyTorch: as in Keras, so that both frameworks begin alike."""

from torch import nn


# Taught in chapters/02-encoder.ipynb; ci/sync copies it (a9243ea2).
def initialised(layer: nn.Linear | nn.LSTM | nn.LSTMCell) -> nn.Linear | nn.LSTM | nn.LSTMCell:
    """Draw the parameters of a layer anew, as Keras does. Returns the layer.

    Matrices are uniform (Glorot and Bengio, 2010), those for an LSTM's state orthogonal (Saxe et
    al., 2014). Biases are 0, those of the forget gate 1 (Jozefowicz et al., 2015). An LSTM's second
    bias stays 0, in training too, because Keras has only one.
    """
    for name, parameter in layer.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(parameter)
        elif name.startswith("weight_hh"):
            nn.init.orthogonal_(parameter)
        else:
            nn.init.xavier_uniform_(parameter)
        if name.startswith("bias_ih"):
            nn.init.ones_(parameter.detach().chunk(4)[1])  # i, f, g, o
        if name.startswith("bias_hh"):
            parameter.requires_grad_(False)
    return layer
