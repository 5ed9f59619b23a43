"""Export the embedded MELLM to models/mellm: projector.onnx, decoder.onnx, tokenizer.json and model.json with their
SHA-256.

    RUN=.cache/mellm-run
    python -m mellm.export --weights $RUN/last.pt --calibration $RUN/calibration.json --out ../models/mellm

projector.onnx: figures (1, 29, 8) -> prefix (1, 29 + 22, width), the regions, then the questions. decoder.onnx: prefix
(1, P, width), tokens (1, T) int64, past (2 * layers, heads, S, size) -> logits (1, P + T, vocabulary), present (2 *
layers, heads, S + P + T, size); P and S may be 0. Weights are stored as float16 and cast to float32 when the file is
loaded; that changes probabilities by less than 1e-3 (checked here).
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
from onnx import helper, numpy_helper

from .features import REGIONS
from .model import MELLM, QUESTIONS
from .tokenizer import Tokenizer
from .units import UNITS


class Prefix(torch.nn.Module):
    def __init__(self, projector):
        super().__init__()
        self.projector = projector

    def forward(self, features):
        return torch.cat(self.projector(features), 1)


class Step(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, prefix, tokens, past):
        return self.model.step(prefix, tokens, past)


def load(path):
    saved = torch.load(path, map_location="cpu")
    model = MELLM(**saved["options"])
    model.load_state_dict(saved["model"])
    return model.eval(), saved


def export(model, folder):
    """Write both graphs."""
    options = model.options
    size = options["width"] // options["heads"]
    past = torch.zeros(2 * options["layers"], options["heads"], 5, size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Prefix(model.projector),
            (torch.rand(1, 29, 8),),
            str(folder / "projector.onnx"),
            opset_version=17,
            input_names=["figures"],
            output_names=["prefix"],
            dynamo=False,
        )
        torch.onnx.export(
            Step(model),
            (torch.zeros(1, 3, options["width"]), torch.ones(1, 2, dtype=torch.int64), past),
            str(folder / "decoder.onnx"),
            opset_version=17,
            input_names=["prefix", "tokens", "past"],
            output_names=["logits", "present"],
            dynamo=False,
            dynamic_axes={
                "prefix": {1: "P"},
                "tokens": {1: "T"},
                "past": {2: "S"},
                "logits": {1: "new"},
                "present": {2: "all"},
            },
        )
    for name in ("projector.onnx", "decoder.onnx"):
        halve(folder / name)


def halve(path):
    """Store large float32 initialisers as float16, with a Cast behind each (folded when the session is made)."""
    graph = onnx.load(str(path))
    casts = []
    for tensor in list(graph.graph.initializer):
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < 64:
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name + "_half")
        graph.graph.initializer.remove(tensor)
        graph.graph.initializer.append(half)
        casts.append(
            helper.make_node("Cast", [half.name], [tensor.name], to=onnx.TensorProto.FLOAT, name=tensor.name + "_cast")
        )
    for cast in reversed(casts):
        graph.graph.node.insert(0, cast)
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


class Sessions:
    """The exported pair, as the worker thread runs it."""

    def __init__(self, folder):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.projector, self.decoder = (
            onnxruntime.InferenceSession(str(Path(folder) / f"{n}.onnx"), options, providers=["CPUExecutionProvider"])
            for n in ("projector", "decoder")
        )

    def prefix(self, features):
        return self.projector.run(None, {"figures": features[None].astype(np.float32)})[0]

    def step(self, prefix, tokens, past):
        return self.decoder.run(None, {"prefix": prefix, "tokens": np.array([tokens], np.int64), "past": past})


@torch.no_grad()
def largest_difference(model, folder, tokenizer):
    """Largest difference of a probability between PyTorch and the files, on a prompt with a cached second step."""
    sessions = Sessions(folder)
    worst = 0.0
    generator = torch.Generator().manual_seed(0)
    shape = (2 * model.options["layers"], model.options["heads"], 0, model.options["width"] // model.options["heads"])
    for _ in range(5):
        features = torch.randn(29, 8, generator=generator) * 0.4
        prefix = sessions.prefix(features.numpy())
        asked, _ = sessions.step(prefix, [0], np.zeros(shape, np.float32))
        text = torch.randint(0, len(tokenizer), (12,), generator=generator).tolist()
        first, past = sessions.step(prefix[:, :REGIONS], text[:5], np.zeros(shape, np.float32))
        second, _ = sessions.step(prefix[:, :0], text[5:], past)
        answered = np.concatenate([first[:, REGIONS:], second], 1)
        for ours, theirs in (
            (asked[:, REGIONS:-1], model.answers(features[None], slice(None))),
            (answered, model(features[None], torch.tensor([text]))),
        ):
            worst = max(
                worst, float((torch.softmax(torch.from_numpy(ours), -1) - torch.softmax(theirs, -1)).abs().max())
            )
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument(
        "--calibration", type=Path, required=True, help="written by python -m mellm.evaluate --calibrate"
    )
    parser.add_argument("--out", type=Path, default=Path("../models/mellm"))
    parser.add_argument("--command", default="", help="the training command, for model.json")
    args = parser.parse_args()
    model, saved = load(args.weights)
    tokenizer = Tokenizer()
    args.out.mkdir(parents=True, exist_ok=True)
    export(model, args.out)
    tokenizer.save(args.out / "tokenizer.json")
    difference = largest_difference(model, args.out, tokenizer)
    if difference > 1e-2:
        raise SystemExit(f"the exported files differ from PyTorch by {difference:.1e} in a probability")
    options = model.options
    old = json.loads((args.out / "model.json").read_text()) if (args.out / "model.json").exists() else {}
    card = {
        "name": "mellm",
        "version": "0.1.0",
        "files": {
            n: hashlib.sha256((args.out / n).read_bytes()).hexdigest()
            for n in ("projector.onnx", "decoder.onnx", "tokenizer.json")
        },
        "parameters": sum(p.numel() for p in model.parameters()),
        "architecture": {
            "layers": options["layers"],
            "heads": options["heads"],
            "width": options["width"],
            "questions": QUESTIONS,
        },
        "units": UNITS,
        "calibration": json.loads(args.calibration.read_text()),
        "trained": {
            "data": "MEU-Instruct (synthetic: AI-made CC0 portraits, ICT-FaceKit, MIT), through MEFlowNet",
            "command": args.command,
            "steps": saved["step"],
        },
        "agreement_with_pytorch": round(difference, 6),
        "metrics": old.get("metrics", {}),
    }
    (args.out / "model.json").write_text(json.dumps(card, indent=1) + "\n")
    size = sum((args.out / n).stat().st_size for n in card["files"]) / 1e6
    print(f"{args.out}: {size:.1f} MB, {card['parameters']:,} parameters, within {difference:.1e} of PyTorch")


if __name__ == "__main__":
    main()
