"""Convert the portraits and the ICT-FaceKit blendshapes to the form that the generators read. Run after
common.landmarks.

    python -m common.build_cache --data ../shared/data --cache .cache

Writes `<cache>/blendshapes.npz`, `<cache>/head.npz` (the mesh, for rendered heads) and `<cache>/identities.npz` (see
common/identities.py for what they hold). --head writes the mesh only.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import cv2
import numpy as np

from .blendshapes import project_blendshapes
from .head_model import head_of_facekit, write_head
from .identities import prepare_identity
from .prerequisites import DATA_STEP, MissingError, needed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MELLM_DATA", "../shared/data")))
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--head", action="store_true", help="write head.npz only")
    args = parser.parse_args()
    try:
        build(args)
    except MissingError as error:
        sys.exit(str(error))


def build(args):
    for name in ("model.npz", "vertex_indices.json"):
        needed(args.data / "ict-facekit" / name, DATA_STEP)
    if args.head:
        return build_head(args)
    landmarks = json.loads(
        needed(
            args.cache / "landmarks.json",
            "made by common.landmarks (README.md, Prepare the sources); --cache sets the folder",
        ).read_text()
    )
    build_head(args)
    blendshapes = project_blendshapes(args.data / "ict-facekit")
    np.savez(args.cache / "blendshapes.npz", **blendshapes)

    rows = []
    for key in sorted(k for k in landmarks if k.startswith("faces/")):
        image = cv2.imread(str(needed(args.data / key, DATA_STEP)), cv2.IMREAD_GRAYSCALE)
        row = prepare_identity(key, image, np.array(landmarks[key]), blendshapes)
        if row is None:
            print(f"skipped (turned aside or too small): {key}")
        else:
            rows.append(row)
    packed = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    np.savez(args.cache / "identities.npz", **packed)
    print(f"{len(rows)} portraits -> {args.cache / 'identities.npz'}")


def build_head(args):
    args.cache.mkdir(parents=True, exist_ok=True)
    write_head(head_of_facekit(args.data / "ict-facekit"), args.cache / "head.npz")


if __name__ == "__main__":
    main()
