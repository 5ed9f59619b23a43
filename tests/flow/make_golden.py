"""Write golden.json: what another runtime's ONNX (Python) makes of the fixture pairs, at a few hundred places, for golden.test.ts.

    python make_golden.py          # in training's environment; run again when models/meflownet changes

Each value is [pair, output, channel, row, column, value].
"""

import hashlib
import json
import random
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

HERE = Path(__file__).parent
MODEL = HERE / "../../models/meflownet/meflownet.onnx"
PAIRS = HERE / "../../training/tests/fixtures/meflowdataset"


def main():
    session = onnxruntime.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
    names = ["facial", "head"]
    draw = random.Random(1)
    values = []
    for folder in sorted(p.parent for p in PAIRS.glob("*/*/pair.json")):
        pair = {n: cv2.imread(str(folder / f"{n}.png"), cv2.IMREAD_GRAYSCALE)[None, None].astype(np.float32) / 255 for n in ("onset", "apex")}
        outputs = session.run(names, pair)
        for _ in range(100):
            i = draw.randrange(len(names))
            place = [draw.randrange(n) for n in outputs[i].shape[1:]]
            values.append([f"{folder.parent.name}/{folder.name}", names[i], *place, round(float(outputs[i][0][tuple(place)]), 6)])
    golden = {"sha256": hashlib.sha256(MODEL.read_bytes()).hexdigest(), "values": values}
    (HERE / "golden.json").write_text(json.dumps(golden).replace('], ["', '],\n["') + "\n")


if __name__ == "__main__":
    main()
