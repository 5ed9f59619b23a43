import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from meflow.ablate import VARIANTS
from meflow.backward import backward_pair
from meflow.export import TOLERANCE, export, largest_difference
from meflow.export_paper_checkpoint import PaperFlow
from meflow.head_fit import HeadFit, solve
from meflow.layout import read_pair
from meflow.losses import cycle_loss, total_loss
from meflow.metrics import pair_measures
from meflow.model import MEFlowNet
from meflow.onnx_model import OnnxFlow
from tests.meflow.conftest import FIXTURE, WEIGHTS
from tests.meflow.test_dataset import dataset


def test_elimination_solves():
    torch.manual_seed(0)
    half = torch.randn(3, 10, 40)
    gram, right = half @ half.transpose(1, 2), torch.randn(3, 10, 2)
    assert torch.allclose(solve(gram, right), torch.linalg.solve(gram, right), atol=1e-4)


def test_head_fit_reproduces_an_affine_flow():
    axis = torch.linspace(-1, 1, 56)
    x, y = torch.meshgrid(axis, axis, indexing="xy")
    flow = torch.stack([0.5 + 0.3 * x - 0.2 * y, -0.4 + 0.1 * x])[None]
    fitted = HeadFit(56)(flow, torch.ones(1, 1, 56, 56))
    assert (fitted - flow).abs().max() < 0.03


def test_onnx_agrees_with_pytorch(tmp_path):
    torch.manual_seed(3)
    model = MEFlowNet().eval()
    path = tmp_path / "m.onnx"
    export(model, path)
    assert largest_difference(model, path) < TOLERANCE


def test_cycle_loss_is_zero_only_for_the_truth(cache):
    pair = next(p for p in (dataset(cache, level="clean")[i] for i in range(20)) if p["facial"].abs().max() > 1)
    back = backward_pair(pair)
    one = {name: pair[name][None].float() for name in ("visible", "face")}
    forward, backward = pair["facial"][None], back["facial"][None]
    assert cycle_loss(forward, backward, one) < 0.01
    assert cycle_loss(forward, 0 * backward, one) > 20 * cycle_loss(forward, backward, one)
    wanted = forward.clone().requires_grad_()
    cycle_loss(wanted, 0.5 * backward, one).backward()
    assert float(wanted.grad.abs().sum()) > 0


def test_a_few_steps_lower_the_loss_and_repeat_exactly(cache):
    """Training is deterministic by seed: to the last bit on one thread of one machine."""
    pairs = dataset(cache, level="benign")
    batch = {
        n: torch.stack([pairs[i][n].float() for i in range(2)])
        for n in ("onset", "apex", "facial", "head", "visible", "face")
    }

    def losses():
        torch.manual_seed(0)
        model = MEFlowNet()
        optimiser = torch.optim.AdamW(model.parameters(), 1e-3)
        out = []
        for _ in range(6):
            loss = total_loss(model(batch["onset"], batch["apex"], every_step=True), batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            out.append(float(loss.detach()))
        return out

    first = losses()
    assert first[-1] < first[0]
    assert first == losses()


def test_train_script_runs_and_resumes(cache, tmp_path):
    np.savez(tmp_path / "identities.npz", **cache["identities"])
    np.savez(tmp_path / "blendshapes.npz", **cache["blendshapes"])
    root = Path(__file__).resolve().parents[2]

    def train(steps, *more):
        command = [
            sys.executable,
            "-m",
            "meflow.train",
            "--cache",
            str(tmp_path),
            "--out",
            str(tmp_path / "run"),
            "--steps",
            str(steps),
            "--batch",
            "1",
            "--every",
            "2",
            "--val-pairs",
            "2",
            *more,
        ]
        subprocess.run(command, cwd=root, check=True, capture_output=True)
        return torch.load(tmp_path / "run" / "last.pt")["step"]

    assert train(2) == 2
    assert train(4, "--resume", "--cycle", "0.5") == 4
    assert len((tmp_path / "run" / "curve.csv").read_text().splitlines()) == 3


def test_ablations_change_one_thing_each_and_go_on_where_they_were(cache, tmp_path):
    np.savez(tmp_path / "identities.npz", **cache["identities"])
    np.savez(tmp_path / "blendshapes.npz", **cache["blendshapes"])
    root = Path(__file__).resolve().parents[2]
    command = [
        sys.executable,
        "-m",
        "meflow.ablate",
        "--cache",
        str(tmp_path),
        "--out",
        str(tmp_path / "out"),
        "--steps",
        "1",
        "--val-pairs",
        "1",
        "--only",
        "raw",
        "steps2",
        "even",
        "no-null",
    ]
    first = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    assert [line.split(" | ")[0][2:] for line in first.splitlines()[2:]] == [VARIANTS[name][0] for name in command[-4:]]
    assert subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout == first
    assert all(abs(sum(options.get("data", {}).get("shares", [1])) - 1) < 1e-9 for _, options in VARIANTS.values())


def test_paper_wrapper_scales_flow():
    class Network(torch.nn.Module):
        def forward(self, a, b):
            assert a.shape == (1, 3, 448, 448)
            assert a.max() > 1
            return {"facial_flow": [torch.full((1, 2, 448, 448), 4.0)], "head_flow": [torch.zeros(1, 2, 448, 448)]}

    facial, head = PaperFlow(Network())(torch.rand(1, 1, 224, 224), torch.rand(1, 1, 224, 224))
    assert facial.shape == (1, 2, 224, 224)
    assert torch.allclose(facial, torch.tensor(2.0))
    assert not head.any()


@pytest.mark.skipif(not (WEIGHTS / "model.json").exists(), reason="models/meflownet is not there")
def test_shipped_weights_on_the_fixture(tmp_path):
    network = OnnxFlow(WEIGHTS / "meflownet.onnx")
    errors, zeros = [], []
    for folder in sorted(FIXTURE.glob("*/0*")):
        pair = read_pair(folder)
        facial, head = network(pair["onset"][0], pair["apex"][0])
        row = pair_measures(facial, head, pair)
        errors.append(row["facial"])
        zeros.append(row["zero"])
    assert np.mean(errors) < 0.5 * np.mean(zeros)


def test_a_corrupt_model_file_is_named(tmp_path):
    (tmp_path / "meflownet.onnx").write_bytes(b"broken")
    (tmp_path / "model.json").write_text(json.dumps({"file": "meflownet.onnx", "sha256": "0" * 64}))
    with pytest.raises(ValueError, match=r"meflownet\.onnx.*SHA-256"):
        OnnxFlow(tmp_path / "meflownet.onnx")
