"""Prints what notebooks find where this runs, as JSON: the versions and the devices.

`rerun.py` hands this file's text to the Python that is to run the notebooks. That one need not have
anything installed, so nothing is imported here before it is known to be there.
"""

import json
import platform
from importlib.util import find_spec


def describe_tensorflow() -> dict[str, str]:
    """Return TensorFlow's and Keras's versions, and the device they compute on."""
    import keras
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
    return {
        "versions": f"TensorFlow {tf.__version__}, Keras {keras.__version__}",
        "device": (names[0] or "GPU") if names else "CPU",
    }


def describe_pytorch() -> dict[str, str]:
    """Return PyTorch's version, and the device it computes on."""
    import torch

    return {
        "versions": f"PyTorch {torch.__version__}",
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
    }


def is_there(name: str) -> bool:
    """Tell whether a module can be imported."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # it is part of a package that is missing
        return False


NEEDED = ("book", "publishing", "nbval", "pytest")  # book's wheel lacks the second
FRAMEWORKS = {
    "tensorflow": ("tensorflow", describe_tensorflow),
    "pytorch": ("torch", describe_pytorch),
}

if __name__ == "__main__":
    description = {
        "python": platform.python_version(),
        "missing": [name for name in NEEDED if not is_there(name)],
        "frameworks": {
            framework: describe()
            for framework, (module, describe) in FRAMEWORKS.items()
            if is_there(module)
        },
    }
    print(json.dumps(description))
