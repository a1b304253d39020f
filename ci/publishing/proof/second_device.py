"""Shows on a CPU what only a GPU shows: PyTorch code that mixes tensors of two devices.

`enter` has PyTorch answer that there is a GPU. What is put there stays in the CPU's memory, but is
remembered, and what a GPU refuses is refused: to compute with tensors of two places, and to hand a
GPU's numbers to NumPy.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any
from weakref import WeakSet

import torch
from torch.overrides import TorchFunctionMode

GPU, CPU = torch.device("cuda"), torch.device("cpu")
# These may be given tensors of two places.
MOVES = {torch.Tensor.to, torch.Tensor.cpu, torch.Tensor.cuda, torch.Tensor.copy_}
MODULE_MOVES = {vars(torch._C.TensorBase)["data"].__set__, torch._has_compatible_shallow_copy_type}
# The lengths that a packed sequence holds stay on the CPU.
OF_PACKED = {
    torch._VF._pack_padded_sequence,
    torch._VF._pad_packed_sequence,
    torch._VF.lstm,
    torch._VF.gru,
}
INDEXING = {torch.Tensor.__getitem__, torch.Tensor.__setitem__}
TO_NUMPY: set[Callable[..., Any]] = {torch.Tensor.numpy, torch.Tensor.__array__}
# Views and a parameter's `data` share a storage, and PyTorch keeps its Python object.
ON_GPU: WeakSet[torch.UntypedStorage] = WeakSet()


class TwoPlaces(TorchFunctionMode):
    """Remembers which tensors are said to be on the GPU."""

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  (what `function` returns)
        """Call a function of PyTorch, and note where its result is.

        Raises:
            RuntimeError: The tensors are not in one place.
            TypeError: NumPy is to read what is on the GPU.
        """
        given = dict(kwargs or {})
        if function == torch.Tensor.device.__get__:
            return _place(args[0])
        if function in TO_NUMPY and _place(args[0]) == GPU and not given.get("force"):
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        asked, args = _take_place(function, args, given)
        places = _places(function, args, given)
        # A CPU build has no `cuda`. A move to another place copies.
        result = args[0] if function == torch.Tensor.cuda else function(*args, **given)
        where = asked or (GPU if GPU in places else CPU)
        if asked and function in MOVES and _place(result) != where:
            result = result.clone()
        _put(result, where, only_floats=function in OF_PACKED)
        return result


def enter() -> None:
    """Begin, until Python ends."""
    load: Callable[..., Any] = torch.load

    def load_there(file: Any, map_location: Any = CPU, **kwargs: Any) -> Any:  # noqa: ANN401
        loaded = load(file, map_location=CPU, **kwargs)
        _put(loaded, torch.device(map_location))
        return loaded

    vars(torch)["load"] = load_there
    vars(torch.cuda)["is_available"] = lambda: True
    ExitStack().enter_context(TwoPlaces())


def _take_place(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[torch.device | None, Sequence[Any]]:
    """Return where a result is wanted, if that is said, and the arguments with the CPU there."""
    name = getattr(function, "__name__", "")
    if name in ("cpu", "cuda"):
        return torch.device(name), args
    asked = kwargs.get("device")
    if asked is not None:
        kwargs["device"] = CPU
    elif function == torch.Tensor.to:
        asked = next((item for item in args[1:] if isinstance(item, (torch.device, str))), None)
        args = [CPU if item is asked and asked is not None else item for item in args]
    return (None if asked is None else torch.device(asked)), args


def _places(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> set[torch.device]:
    """Return the places of the tensors that a function is given; raise where they are two."""
    if function in MOVES | MODULE_MOVES:
        return {_place(args[0])}
    tensors = [*_tensors(args), *_tensors(kwargs)]
    if function in INDEXING:
        tensors = tensors[:1]  # a GPU's tensor takes a CPU's indices
    if function in OF_PACKED:
        if any(_place(item) == GPU for item in tensors if not item.is_floating_point()):
            raise RuntimeError("'lengths' argument should be a 1D CPU int64 tensor")
        tensors = [tensor for tensor in tensors if tensor.is_floating_point()]
    places = {_place(tensor) for tensor in tensors if tensor.dim() or _place(tensor) == GPU}
    if len(places) > 1:
        raise RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices, "
            "cuda:0 and cpu!"
        )
    return places


def _tensors(value: Any) -> Iterator[torch.Tensor]:  # noqa: ANN401  (anything nested)
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        yield from _tensors(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)


def _place(tensor: torch.Tensor) -> torch.device:
    return GPU if tensor.untyped_storage() in ON_GPU else CPU


def _put(value: Any, where: torch.device, only_floats: bool = False) -> None:  # noqa: ANN401
    for tensor in _tensors(value):
        if tensor.is_floating_point() or not only_floats:
            change = ON_GPU.add if where == GPU else ON_GPU.discard
            change(tensor.untyped_storage())
