"""Where PyTorch computes, and how."""

import os
import warnings

import torch

with warnings.catch_warnings():
    # Without an NVIDIA driver, a CUDA build of PyTorch that is imported after TensorFlow meets
    # TensorFlow's stand-in for the CUDA library, and warns of what it answers: 302 or 303.
    message = "CUDA initialization: Unexpected error from cudaGetDeviceCount.*Error 30[23]:"
    warnings.filterwarnings("ignore", message=message, category=UserWarning)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# What a notebook's first lines may have set otherwise: the defaults of PyTorch.
torch.set_default_dtype(torch.float32)
torch.set_default_device(None)
torch.set_grad_enabled(True)
torch.set_printoptions(profile="default")
# A GPU's products with factors rounded to TF32's 10 bits would be too coarse to compare.
torch.set_float32_matmul_precision("highest")

# By default cuDNN rounds an LSTM's inputs to TF32's 10 bits: too coarse to compare with a CPU.
torch.backends.cudnn.allow_tf32 = False

# The book's matrices are small. A second thread gains little on an idle machine, and where another
# program holds its core each step waits for it. OMP_NUM_THREADS still has the last word.
if "OMP_NUM_THREADS" not in os.environ:
    torch.set_num_threads(1)
