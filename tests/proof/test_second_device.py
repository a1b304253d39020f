"""The device that a CPU plays: what a GPU refuses is refused, what it does is done."""

import subprocess
import sys

import pytest
from conftest import ROOT
from publishing.proof.pytest_run import with_packages

BEGIN = """
from publishing.proof import second_device
second_device.enter()
import numpy as np
import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
here, there = torch.ones(2, 3), torch.ones(2, 3, device=device)
layer = torch.nn.Linear(3, 3).to(device)
"""
MIXED = "Expected all tensors to be on the same device"


def run(code):
    command = [sys.executable, "-c", BEGIN + code]
    return subprocess.run(command, env=with_packages(ROOT), capture_output=True, text=True)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("here + there", MIXED),
        ("torch.cat([there, here])", MIXED),
        ("torch.where(there > 0, there, here)", MIXED),
        ("there.gather(1, torch.zeros(2, 1, dtype=torch.long))", MIXED),
        ("layer(here)", MIXED),
        ("layer(torch.from_numpy(np.ones((2, 3), np.float32)))", MIXED),
        ("torch.nn.functional.cross_entropy(there, torch.tensor([0, 1]))", MIXED),
        ("there[0] @ here[0]", MIXED),
        ("there += here", MIXED),
        ("torch.ones_like(there) + here.to(device).cpu()", MIXED),
        ("torch.nn.LSTM(3, 3)(there)", MIXED),
        (
            "torch.nn.utils.rnn.pack_padded_sequence(there[None], there[0, :1].long(), True)",
            "lengths",
        ),
        ("there.numpy()", "can't convert cuda:0"),
        ("np.asarray(there)", "can't convert cuda:0"),
        ("np.stack([there, there])", "can't convert cuda:0"),
    ],
)
def test_what_a_gpu_refuses_is_refused(code, message):
    assert message in run(code).stderr.splitlines()[-1]


def test_what_a_gpu_does_is_done():
    code = """
loss = layer(here.to(device)).square().sum()
loss.backward()
torch.optim.Adam(layer.parameters()).step()
there[0] = 2 * there[1] + here[0, 0]  # a number is of no place
print(there.device, there[here[:, 0].long()].device, layer.weight.grad.device, loss.device)
print(here.device, there.cpu().numpy().sum(), there.numpy(force=True).shape, here.cuda().device)
packed = torch.nn.utils.rnn.pack_padded_sequence(there[None], torch.tensor([2]), True)
print(torch.nn.LSTM(3, 3).to(device)(packed)[0].data.device)
"""
    done = run(code)
    assert done.stdout.splitlines() == [
        "cuda cuda cuda cuda",
        "cpu 12.0 (2, 3) cuda",
        "cuda",
    ], done.stderr
