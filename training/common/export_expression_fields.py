"""Export ICT-FaceKit's expressions for `mellm-live eval real`, which warps them into recorded faces without Python.

    python -m common.export_expression_fields --out ../lab/evaluation/real/fields/expression-fields.json

Fields in the frontal plane of the face model (common/blendshapes.py), on a lattice of STEP px, each quantised to 8 bits
of its own largest displacement; gzip in base64. Beside them: the model's landmarks with the corresponding FaceMesh
points, which blendshapes make up an action unit, and how often each combination was coded.
"""

import argparse
import base64
import gzip
import json
import os
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from .action_units import BLENDSHAPES, STATISTICS
from .blendshapes import STEP as MODEL_STEP
from .blendshapes import project_blendshapes
from .crop import MARGIN
from .identities import MESH_POINTS, MODEL_POINTS

STEP = 4
LEFT_OUT = {43}  # a blink


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MELLM_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    shapes = project_blendshapes(args.data / "ict-facekit")
    index = {str(name): i for i, name in enumerate(shapes["names"])}
    units = {au: parts for au, parts in BLENDSHAPES.items() if au not in LEFT_OUT}
    names = sorted(
        {
            full
            for parts in units.values()
            for name in parts
            for full in ([name + "L", name + "R"] if name.endswith("_") else [name])
        }
    )
    every = int(STEP / MODEL_STEP)
    packed, scales = [], []
    for name in names:
        # Smoothed to the coarser lattice, so that interpolation on it is accurate.
        field = gaussian_filter(shapes["fields"][index[name]], (0, every / 2, every / 2))[:, ::every, ::every]
        scales.append(round(float(np.abs(field).max()) / 127, 7))
        packed.append(np.rint(field / scales[-1]).astype(np.int8))
    stacked = np.stack(packed)
    combinations = [[[au for au in c["aus"] if au in units], c["count"]] for c in STATISTICS["combinations"]]
    out = {
        "about": "Made by training/common/export_expression_fields.py from ICT-FaceKit light "
        "(MIT, USC Institute for Creative Technologies).",
        "step": STEP,
        "margin": MARGIN,
        "size": int(stacked.shape[-1]),
        "names": names,
        "scales": scales,
        "landmarks": [
            [mesh, *(round(float(v), 2) for v in shapes["landmarks"][model])]
            for mesh, model in zip(MESH_POINTS, MODEL_POINTS, strict=True)
        ],
        "units": {str(au): parts for au, parts in units.items()},
        "unilateral": {au: share for au, share in STATISTICS["unilateral_share"].items() if int(au) in units},
        "combinations": [c for c in combinations if c[0]],
        "fields": base64.b64encode(gzip.compress(stacked.tobytes(), 9, mtime=0)).decode(),
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(out, separators=(",", ":")) + "\n")
    print(f"{len(names)} fields of {stacked.shape[-1]}² points: {args.out.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
