"""Compare the ONNX network with zero flow and OpenCV's methods on the same pairs, in one run.

    python -m meflow.evaluate --onnx ../models/meflownet/meflownet.onnx --pairs 200 --out comparison.json
    python -m meflow.evaluate --levels real --split test --onnx ...   # known motion on recordings of real subjects
    python -m meflow.evaluate --folder DIR/test --onnx ...            # a MEFlowDataset on disk instead

Columns, px, means over the face's visible pixels, then over pairs: facial end-point error; the same where the true
expression exceeds 0.5 px; expression (facial - head) end-point error over the whole face; length of the estimated
expression on null pairs; on null pairs with a still head, length of the facial flow ("still"). Brackets: 95 % bootstrap
interval over identities. The classical methods have no head flow: theirs is taken from the truth, which flatters them.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from .classical import METHODS, classical_flow
from .dataset import MEFlowDataset
from .layout import person, read_pair
from .metrics import interval_by_identity, pair_measures, summary
from .onnx_model import OnnxFlow
from .real_faces import RealFaces

# A video codec at a low rate leaves blocks of the apex as they were in the onset: there the motion is not in the
# frames.
GROUPS = {
    "unseen source and family": lambda info: (
        info["identity"].startswith("london") and info["family"] in ("muscle", "none")
    ),
    "JPEG or no codec": lambda info: not info["camera"].get("codec", "").startswith("lib"),
    "VP8 or H.264": lambda info: info["camera"].get("codec", "").startswith("lib"),
}
COLUMNS = ("facial", "moving", "expression", "null", "null_facial")


def pairs_of(args, level):
    """Yield (onset, apex, truth, info) of the split's first pairs."""
    if args.folder:
        for folder in sorted(p for p in args.folder.iterdir() if p.is_dir())[: args.pairs]:
            pair = read_pair(folder)
            yield pair["onset"][0], pair["apex"][0], pair, pair["info"]
        return
    if level == "real":
        dataset = RealFaces.of_cache(args.cache, args.split, args.seed, camera=False)
    else:
        dataset = MEFlowDataset(
            args.cache,
            args.split,
            args.seed,
            level.removeprefix("rendered-"),
            args.source,
            rendered=float(level.startswith("rendered-")),
        )
    for index in range(args.pairs):
        pair = dataset[index]
        truth = {name: pair[name].numpy() for name in ("facial", "head", "visible", "face", "known") if name in pair}
        who = pair["info"]["identity"]
        yield (
            pair["onset"][0].numpy(),
            pair["apex"][0].numpy(),
            truth,
            pair["info"] | {"identity": who if level == "real" else person(who)},
        )


def run(args, level):
    """{method: {"ms", "rows"}} and the infos of the pairs."""
    network = OnnxFlow(args.onnx) if args.onnx else None
    names = [(m, n) for m in args.methods for n in (False, True) if not (m == "zero" and n)]
    results = {m + ("+LN" if n else ""): {"rows": [], "ms": []} for m, n in names}
    if network:
        results["MEFlowNet"] = {"rows": [], "ms": []}
    infos = []
    for onset, apex, truth, info in pairs_of(args, level):
        truth["still"] = info["head"] == "still"
        infos.append(info)
        for method, normalise in names:
            began = time.perf_counter()
            facial = classical_flow(method, onset, apex, normalise)
            record(results[method + ("+LN" if normalise else "")], pair_measures(facial, None, truth), began)
        if network:
            began = time.perf_counter()
            facial, head = network(onset, apex)
            record(results["MEFlowNet"], pair_measures(facial, head, truth), began)
    return results, infos


def record(result, row, began):
    result["ms"].append(1000 * (time.perf_counter() - began))
    result["rows"].append(row)


def subset(results, infos, wanted):
    """The rows of the pairs for which wanted(info)."""
    chosen = [i for i, info in enumerate(infos) if wanted(info)]
    return {name: {"rows": [r["rows"][i] for i in chosen], "ms": r["ms"]} for name, r in results.items()}, [
        infos[i] for i in chosen
    ]


def table(results, infos):
    """{method: {column: [mean, low, high], "ms": median}}."""
    subjects = [info["identity"] for info in infos]
    out = {}
    for name, result in results.items():
        means = summary(result["rows"], COLUMNS)
        out[name] = {
            c: [round(v, 4) for v in (means[c], *interval_by_identity(result["rows"], subjects, c))] for c in COLUMNS
        }
        out[name]["ms"] = round(float(np.median(result["ms"])), 1)
    return out


def show(title, rows):
    print(f"\n{title}\n{'':16}" + "".join(f"{c:>24}" for c in COLUMNS) + f"{'ms':>9}")
    for name, row in rows.items():
        cells = [
            "-" if row[c][0] != row[c][0] else f"{row[c][0]:.3f} [{row[c][1]:.3f}, {row[c][2]:.3f}]" for c in COLUMNS
        ]
        print(f"{name:16}" + "".join(f"{c:>24}" for c in cells) + f"{row['ms']:9.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--folder", type=Path, help="one split of a MEFlowDataset on disk")
    parser.add_argument("--onnx", type=Path)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--split", default="test")
    parser.add_argument("--source", default="")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument(
        "--levels",
        nargs="+",
        default=["benign", "full"],
        help="clean, benign, full, small; rendered-LEVEL: rendered heads; real: difference truth",
    )
    parser.add_argument("--methods", nargs="*", default=list(METHODS))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    tables = {}
    for level in ["stored"] if args.folder else args.levels:
        results, infos = run(args, level)
        tables[level] = {"all": table(results, infos)}
        show(f"{level}, {len(infos)} pairs, {len({i['identity'] for i in infos})} identities", tables[level]["all"])
        if not args.folder:
            for title, wanted in GROUPS.items():
                rows, chosen = subset(results, infos, wanted)
                if chosen and (title == "unseen source and family" or level == "full"):
                    tables[level][title] = table(rows, chosen)
                    show(f"{level}, {title}, {len(chosen)} pairs", tables[level][title])
    if args.out:
        args.out.write_text(
            json.dumps({"pairs": args.pairs, "seed": args.seed, "split": args.split, "tables": tables}, indent=1) + "\n"
        )


if __name__ == "__main__":
    main()
