"""What importing a part of the package brings with it, and what it does not."""

import subprocess
import sys

import numpy as np
import pytest


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True)


IMPORTED_OF = "print(sorted({{*sys.modules}} & {names!r}))"


@pytest.mark.parametrize(
    ("module", "foreign"),
    [
        ("book.data", {"tensorflow", "keras", "torch", "matplotlib"}),
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


def test_both_frameworks_offer_the_same_names():
    import book.pytorch
    import book.tensorflow

    def offered(package):
        return {name for name in vars(package) if not name.startswith("_")}

    modules = {"attention", "decoder", "encoder", "runtime", "training", "translation"}
    assert modules < offered(book.tensorflow)
    of_pytorch = {"device", "initialisation", "initialised"}  # Keras places and starts by itself
    assert offered(book.pytorch) - of_pytorch == offered(book.tensorflow) - {"book"}


def test_a_heat_map_refuses_words_that_do_not_fit():
    from book.plots import plot_attention

    with pytest.raises(ValueError, match="2 target and 3 source words"):
        plot_attention(np.zeros((3, 2)), ["1", "2", "3"], ["6", "7"])
