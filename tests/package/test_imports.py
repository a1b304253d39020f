"""What importing a part of the package brings with it, and what it does not."""

import ast
import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True)


IMPORTED_OF = "print(sorted({{*sys.modules}} & {names!r}))"


@pytest.mark.parametrize(
    ("module", "foreign"),
    [
        ("book.data", {"tensorflow", "keras", "torch", "matplotlib"}),
        ("book.experiments", {"tensorflow", "keras", "torch", "matplotlib"}),
        ("publishing.build", {"tensorflow", "keras", "torch", "matplotlib"}),
    ],
)
def test_importing_a_part_does_not_import_the_others(module, foreign):
    done = run(f"import sys, {module}; {IMPORTED_OF.format(names=foreign)}")
    assert done.stdout == "[]\n"


def test_figures_have_hangul_where_python_has_no_distutils_and_need_no_framework():
    foreign = IMPORTED_OF.format(names={"tensorflow", "keras", "torch"})
    done = run(
        f"import sys; sys.modules['distutils'] = None; from book.plots import plt; {foreign};"
        "print(plt.rcParams['font.family'])"
    )
    assert done.stdout == "[]\n['NanumGothic']\n"


def test_triton_is_loaded_before_tensorflow_which_it_crashes_on_afterwards(tmp_path):
    stand_in = "import sys\nprint('tensorflow' in sys.modules)\n"
    (tmp_path / "triton.py").write_text(stand_in)
    foreign = IMPORTED_OF.format(names={"torch"})
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import book.tensorflow; {foreign}"
    assert run(code).stdout == "False\n[]\n"


# What PyTorch says where there is no GPU, and where there is one that it cannot use.
WARN = """
import sys, torch, warnings

def is_available():
    for reason in (
        "Unexpected error from cudaGetDeviceCount(). Error 302: Error loading",
        "The NVIDIA driver on your system is too old",
    ):
        warnings.warn(f"CUDA initialization: {reason}", UserWarning)
    return False

torch.cuda.is_available = is_available
import book.pytorch
"""


def test_only_a_warning_that_means_nothing_is_kept_from_the_reader():
    done = run(WARN + IMPORTED_OF.format(names={"tensorflow", "keras"}))
    assert "too old" in done.stderr
    assert "Error 302" not in done.stderr
    assert done.stdout == "[]\n"


# --- What a reader has set for other work ---------------------------------------------------------

KERAS = "print(keras.backend.backend(), keras.config.floatx(), keras.config.epsilon(), "
KERAS += "keras.config.image_data_format(), keras.config.dtype_policy().name)"
KERAS_DEFAULTS = "tensorflow float32 1e-07 channels_last float32\n"


@pytest.mark.parametrize(
    "backend", ["torch", *(pytest.param(name, marks=pytest.mark.slow) for name in ("jax", "none"))]
)
def test_keras_computes_with_tensorflow_whatever_its_settings_say(tmp_path, monkeypatch, backend):
    settings = {"backend": backend, "floatx": "float64", "epsilon": 1e-3}
    settings |= {"image_data_format": "channels_first"}
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", backend)
    assert run(f"import book.tensorflow, keras; {KERAS}").stdout == KERAS_DEFAULTS


@pytest.mark.slow
def test_settings_made_before_the_book_is_imported_are_put_back(monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    policy = "import keras; keras.config.set_dtype_policy('mixed_float16')"
    assert run(f"{policy}; import book.tensorflow; {KERAS}").stdout.endswith(KERAS_DEFAULTS)
    others = (
        "import torch; torch.set_default_dtype(torch.float64); torch.set_default_device('meta');"
        "torch.set_grad_enabled(False); torch.set_printoptions(precision=1);"
        "torch.set_float32_matmul_precision('medium')"
    )
    shown = (
        "x = torch.tensor([0.12345]); print(x, x.dtype, x.device, torch.is_grad_enabled(), "
        "torch.get_float32_matmul_precision(), torch.backends.cuda.matmul.allow_tf32)"
    )
    expected = "tensor([0.1235]) torch.float32 cpu True highest False\n"
    assert run(f"{others}; import book.pytorch; {shown}").stdout == expected
    printing = "import numpy as np; np.set_printoptions(precision=1); np.seterr(all='raise')"
    done = run(f"{printing}; import book.data; print(np.array([0.12345]), np.geterr()['over'])")
    assert done.stdout == "[0.12345] warn\n"


@pytest.mark.parametrize(
    ("code", "variables", "message"),
    [
        pytest.param(
            "import keras, book.tensorflow",
            {"KERAS_BACKEND": "torch"},
            "unset KERAS_BACKEND",
            marks=pytest.mark.slow,
        ),
        ("import book.tensorflow", {"PYTHONOPTIMIZE": "2"}, "unset PYTHONOPTIMIZE=2"),
        pytest.param(
            "import book.tensorflow", {"KERAS_HOME": "."}, "keras.json", marks=pytest.mark.slow
        ),
    ],
    ids=["Keras imported before, with PyTorch", "docstrings stripped", "unknown type"],
)
def test_what_cannot_be_put_back_is_refused_in_one_line(
    tmp_path, monkeypatch, code, variables, message
):
    (tmp_path / "keras.json").write_text('{"floatx": "bfloat16"}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert message in last


def test_the_package_relies_on_no_assert():
    """Python leaves them out where PYTHONOPTIMIZE is set."""
    for path in (ROOT / "book").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)], path.name


def test_both_frameworks_offer_the_same_names():
    import book.pytorch
    import book.tensorflow

    def offered(package):
        return {name for name in vars(package) if not name.startswith("_")}

    modules = {"attention", "decoder", "encoder", "runtime", "training", "translation"}
    assert modules < offered(book.tensorflow)
    of_pytorch = {"device", "initialisation", "initialised"}  # Keras places and starts by itself
    # PyTorch has no graphs to make, and its layers have the epsilon of the book.
    of_tensorflow = {"book", "graphs", "normalisation"}
    assert offered(book.pytorch) - of_pytorch == offered(book.tensorflow) - of_tensorflow


def test_a_heat_map_refuses_words_that_do_not_fit():
    from book.plots import plot_attention

    with pytest.raises(ValueError, match="2 target and 3 source words"):
        plot_attention(np.zeros((3, 2)), ["1", "2", "3"], ["6", "7"])
