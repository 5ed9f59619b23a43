"""Export the learned spotter to ONNX with its card, calibration and golden file.

    python -m spotter.export --weights .cache/spotter/best.pt --real DIR --root DIR --command "..."

Refuses if ONNX Runtime and PyTorch differ by more than 1e-4. --golden writes ticks, likelihoods and windows of one
validation clip for the server's tests.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from .augment import templates_of, with_injections
from .calibrate import false_positives_by_threshold, isotonic, scored
from .clips import load_clips
from .decode import decode
from .evaluate import likelihoods
from .model import SpotterNet, SpotterStep
from .signals import TICK_VALUES


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument(
        "--real", type=Path, required=True, help="as for spotter.train; its val split calibrates the scores"
    )
    parser.add_argument("--root", type=Path, required=True, help="ME-Inject: source of the expression templates")
    parser.add_argument("--threshold", type=float, default=0.3, help="raw score of an alert by default")
    parser.add_argument("--command", default="", help="the training command, for the card")
    parser.add_argument("--out", type=Path, default=Path("../models/spotter"))
    parser.add_argument("--golden", type=Path)
    args = parser.parse_args()
    saved = torch.load(args.weights)
    net = SpotterNet()
    net.load_state_dict(saved["model"])
    step = SpotterStep(net.eval())
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / "spotter.onnx"
    first = step.first_state()
    example = torch.zeros(1, TICK_VALUES)
    torch.onnx.export(
        step,
        (example, first),
        str(path),
        input_names=["tick", "state"],
        output_names=["likelihoods", "next_state", "regions"],
        opset_version=17,
        dynamo=False,
    )

    templates = templates_of(load_clips(args.root, "train", args.root / "signals"))
    clips = [
        with_injections(c, templates, i) for i, c in enumerate(load_clips(args.real, "val", args.real / "signals"))
    ]
    truth = likelihoods(net, clips[:1])[0]
    worst = difference(path, clips[0].ticks, first, truth)
    if worst > 1e-4:
        raise SystemExit(f"ONNX Runtime and PyTorch differ by {worst:.1e}")
    found = likelihoods(net, clips)
    card = {
        "name": "spotter",
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "opset": 17,
        "agrees_with_pytorch_to": worst,
        "parameters": sum(p.numel() for p in net.parameters()),
        "training": {"command": args.command, "seed": saved.get("seed"), "steps": saved.get("step")},
        "data": "signals of real subjects with injected expressions, and ME-Inject (synthetic); training/README.md",
        "threshold": args.threshold,
        "state": [round(float(v), 6) for v in first[0]],
        "calibration": isotonic(scored(clips, found)),
        "alarms": false_positives_by_threshold(clips, found),
    }
    (args.out / "model.json").write_text(json.dumps(card, indent=1) + "\n")
    torch.save(
        {"model": net.state_dict(), "step": saved.get("step"), "seed": saved.get("seed")}, args.out / "spotter.pt"
    )
    if args.golden:
        for clip, values in zip(clips, found):
            n = min(len(clip.times), 400)
            windows = decode(clip.times[:n], values[:n], args.threshold)
            if len(windows) >= 2:
                break
        args.golden.write_text(
            json.dumps(
                {
                    "sha256": card["sha256"],
                    "threshold": args.threshold,
                    "t": [round(float(v), 4) for v in clip.times[:n]],
                    "ticks": [[round(float(v), 5) for v in row] for row in clip.ticks[:n]],
                    "likelihoods": [[round(float(v), 5) for v in row] for row in values[:n]],
                    "windows": [vars(w) for w in windows],
                },
                default=float,
            )
            + "\n"
        )
    print(
        json.dumps(
            {k: card[k] for k in ("sha256", "parameters", "agrees_with_pytorch_to", "calibration", "alarms")}, indent=1
        )
    )


def difference(path, ticks, state, truth):
    """Largest difference between the ONNX file, run tick by tick, and PyTorch's unrolled likelihoods."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    state, worst = state.numpy(), 0.0
    for tick, wanted in zip(ticks, truth):
        values, state = session.run(["likelihoods", "next_state"], {"tick": tick[None], "state": state})
        worst = max(worst, float(np.abs(values[0] - wanted).max()))
    return worst


if __name__ == "__main__":
    main()
