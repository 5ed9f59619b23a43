"""Find the 468 FaceMesh landmarks of portraits or video frames, once, and store them in the cache.

Run in an environment of its own (requirements-landmarks.in), since mediapipe pins old versions of its dependencies:

    python -m common.landmarks --data ../shared/data --cache .cache

Writes `<cache>/landmarks.json`: {"<path below the data folder>": [[x, y, z], ... 468]} in pixels of the file, origin at
the top left corner, y down; z is FaceMesh's relative depth, scaled like x. A file without exactly one face is skipped
and reported on stderr. A frame of a clip is keyed `<path>#<frame>`; every 15th frame is used.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import cv2


def landmarks_of(mesh, bgr):
    """(H, W, 3) uint8 BGR -> list of 468 [x, y, z] in pixels, or None where no face is found."""
    height, width = bgr.shape[:2]
    found = mesh.process(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)).multi_face_landmarks
    if not found:
        return None
    return [[round(p.x * width, 3), round(p.y * height, 3), round(p.z * width, 3)] for p in found[0].landmark]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MELLM_DATA", "../shared/data")))
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--every", type=int, default=15, help="take every n-th frame of a clip")
    args = parser.parse_args()
    try:
        import mediapipe as mp
    except ImportError:
        sys.exit("mediapipe is not installed: this command has its own environment, requirements-landmarks.lock")
    mesh = mp.solutions.face_mesh.FaceMesh(
        static_image_mode=True, max_num_faces=1, refine_landmarks=False, min_detection_confidence=0.5
    )
    out = {}

    def store(key, bgr):
        points = landmarks_of(mesh, bgr)
        if points is None:
            print(f"no face: {key}", file=sys.stderr)
        else:
            out[key] = points

    for path in sorted((args.data / "faces").glob("*/*.jpg")):
        store(path.relative_to(args.data).as_posix(), cv2.imread(str(path)))
    for path in sorted((args.data / "clips").iterdir()):
        if path.suffix == ".json":
            continue
        video = cv2.VideoCapture(str(path))
        index = 0
        while True:
            ok, bgr = video.read()
            if not ok:
                break
            if index % args.every == 0:
                store(f"{path.relative_to(args.data).as_posix()}#{index}", bgr)
            index += 1
    args.cache.mkdir(parents=True, exist_ok=True)
    (args.cache / "landmarks.json").write_text(json.dumps(out))
    print(f"{len(out)} faces -> {args.cache / 'landmarks.json'}")


if __name__ == "__main__":
    main()
