"""Export trained weights to models/meflownet/meflownet.onnx and check the file against PyTorch.

    python -m meflow.export --weights .cache/run/best.pt --out ../models/meflownet

Interface: inputs onset, apex (B,1,224,224) float32 in 0..1; outputs facial, head (B,2,224,224) px, log_sigma
(B,1,224,224), the log of the expected end-point error in px; B is free. Opset 17. Also writes model.json with the
file's SHA-256.
"""

import argparse
import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from .model import MEFlowNet

INPUTS, OUTPUTS = ["onset", "apex"], ["facial", "head", "log_sigma"]
TOLERANCE = 1e-4


def export(model, path):
    """Write the ONNX file; B is the one dynamic axis."""
    example = torch.rand(2, 1, 224, 224, generator=torch.Generator().manual_seed(0))
    axes = {name: {0: "batch"} for name in INPUTS + OUTPUTS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (example, example.flip(0)),
            str(path),
            opset_version=17,
            input_names=INPUTS,
            output_names=OUTPUTS,
            dynamic_axes=axes,
            dynamo=False,
        )
    onnx.checker.check_model(str(path))


@torch.no_grad()
def largest_difference(model, path, batches=(1, 3)):
    """Largest absolute difference of any output between ONNX Runtime and PyTorch, on noisy shifted images."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch in batches:
        noise = torch.randn(batch, 1, 28, 28, generator=torch.Generator().manual_seed(batch))
        onset = torch.sigmoid(torch.nn.functional.interpolate(noise, size=(224, 224), mode="bicubic"))
        apex = (0.9 * torch.roll(onset, 1, 3) + 0.02).clamp(0, 1)
        for ours, theirs in zip(
            session.run(OUTPUTS, {"onset": onset.numpy(), "apex": apex.numpy()}), model(onset, apex)
        ):
            worst = max(worst, float(np.abs(ours - theirs.numpy()).max()))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("../models/meflownet"))
    parser.add_argument("--command", default="", help="the training command, for model.json")
    args = parser.parse_args()
    saved = torch.load(args.weights, map_location="cpu")
    model = MEFlowNet(**saved["options"])
    model.load_state_dict(saved["model"])
    model.eval()
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "meflownet.onnx"
    export(model, path)
    difference = largest_difference(model, path)
    if difference > TOLERANCE:
        raise SystemExit(f"{path} differs from PyTorch by {difference:.2e} > {TOLERANCE}")
    card_path = args.out / "model.json"
    metrics = json.loads(card_path.read_text()).get("metrics", {}) if card_path.exists() else {}
    card = {
        "name": "meflownet",
        "version": "0.1.0",
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "opset": 17,
        "parameters": sum(p.numel() for p in model.parameters()),
        "inputs": {"onset": ["batch", 1, 224, 224], "apex": ["batch", 1, 224, 224]},
        "outputs": {
            "facial": ["batch", 2, 224, 224],
            "head": ["batch", 2, 224, 224],
            "log_sigma": ["batch", 1, 224, 224],
        },
        "trained": {
            "data": "synthetic MEFlowDataset: generated CC0 portraits, ICT-FaceKit blendshapes (MIT)",
            "command": args.command,
            "seed": saved.get("seed"),
            "steps": saved["step"],
            "batch": saved.get("batch"),
        },
        "agreement_with_pytorch": difference,
        "metrics": metrics,
    }
    card_path.write_text(json.dumps(card, indent=1) + "\n")
    print(
        f"{path}: {path.stat().st_size / 1e6:.2f} MB, agrees with PyTorch to {difference:.1e}, sha256 {card['sha256']}"
    )


if __name__ == "__main__":
    main()
