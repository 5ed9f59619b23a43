"""Export the paper's own MEFlowNet checkpoint to our ONNX interface, for those who have it.

    python -m meflow.export_paper_checkpoint --repo PATH/MELLM/MELLM_pipeline --checkpoint meflownet.pth --out DIR

Needs a checkout of github.com/zyzhangUstc/MELLM (model code: WAFT, BSD-3; written against commit 6a8f989) with its
dependencies (timm, torchvision), and the weights, which its authors distribute and this project does not have. Their
network takes RGB in 0..255 and gives lists of flows, one an iteration; it was trained on crops of 400 x 480. The
wrapper repeats the grey channel, enlarges the 224-px crop twofold (448 = 4 x 112, the multiple that the network pads
to), and scales the last flows back to px of the crop. There is no log_sigma output. Put meflownet.onnx and model.json
where the server looks for its model.
"""

import argparse
import hashlib
import json
import sys
import warnings
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F


class PaperFlow(nn.Module):
    """network(image1, image2) -> {"facial_flow": [...], "head_flow": [...]}; image (B,3,H,W) in 0..255, flow (B,2,H,W)
    px.
    """

    def __init__(self, network, enlargement=2):
        super().__init__()
        self.network, self.enlargement = network, enlargement

    def forward(self, onset, apex):
        """onset, apex (B,1,224,224) in 0..1 -> facial, head (B,2,224,224) px of the crop."""
        flows = self.network(self.prepare(onset), self.prepare(apex))
        return tuple(self.shrink(flows[name][-1]) for name in ("facial_flow", "head_flow"))

    def prepare(self, image):
        large = F.interpolate(image, scale_factor=self.enlargement, mode="bilinear", align_corners=False)
        return 255.0 * large.expand(-1, 3, -1, -1)

    def shrink(self, flow):
        return F.avg_pool2d(flow, self.enlargement) / self.enlargement


def load_network(repo, checkpoint):
    """The authors' network with its weights, from their checkout and a .pth of a state dict (maybe under "model")."""
    sys.path.insert(0, str(repo))
    from model.meflownet import MEFlowNet  # the authors' module

    options = argparse.Namespace(**json.loads((repo / "config" / "meflownet.json").read_text()))
    network = MEFlowNet(options)
    weights = torch.load(checkpoint, map_location="cpu", weights_only=True)
    weights = weights.get("model", weights)
    network.load_state_dict({name.removeprefix("module."): value for name, value in weights.items()})
    return network.eval()


def export(model, folder, about):
    """Write meflownet.onnx and model.json into folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "meflownet.onnx"
    example = torch.rand(2, 1, 224, 224)
    axes = {name: {0: "batch"} for name in ("onset", "apex", "facial", "head")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (example, example.flip(0)),
            str(path),
            opset_version=17,
            input_names=["onset", "apex"],
            output_names=["facial", "head"],
            dynamic_axes=axes,
            dynamo=False,
        )
    card = {
        "name": "meflownet",
        "version": "paper",
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "opset": 17,
        "inputs": {name: ["batch", 1, 224, 224] for name in ("onset", "apex")},
        "outputs": {name: ["batch", 2, 224, 224] for name in ("facial", "head")},
        "trained": about,
        "metrics": {},
    }
    (folder / "model.json").write_text(json.dumps(card, indent=1) + "\n")
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", type=Path, required=True, help="MELLM_pipeline of the authors' checkout")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    for needed in (args.repo / "model" / "meflownet.py", args.checkpoint):
        if not needed.exists():
            raise SystemExit(f"{needed} does not exist; --help lists what this command needs")
    model = PaperFlow(load_network(args.repo.resolve(), args.checkpoint)).eval()
    path = export(
        model, args.out, {"data": "the paper's (arXiv 2505.07007v3)", "command": "", "seed": None, "steps": None}
    )
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB; python -m meflow.evaluate --onnx {path} measures it")


if __name__ == "__main__":
    main()
