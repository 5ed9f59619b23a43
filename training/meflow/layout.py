"""MEFlowDataset on disk.

    <root>/dataset.json                    name, version, seed, size, level, pairs by split
    <root>/<split>/<index, six digits>/    split: train | val | test
        onset.png  apex.png                8-bit grey, 224 x 224
        facial.flo head.flo                Middlebury flow (Baker et al. 2011): "PIEH", int32 width, int32 height,
                                           float32 (u, v) by rows, little-endian; px of the crop;
                                           onset(x) = apex(x + flow(x)). Either may be gzipped: facial.flo.gz
        visible.png face.png               0 or 255: seen in both frames; inside the onset's face oval
        pair.json                          index, split, identity, source, family, units [{au, side, px}], rendered,
                                           head, camera, peak_px

Expression flow is facial - head and is not stored.
"""

import gzip
import json
import struct

import cv2
import numpy as np


def encode_flow(flow):
    """(2, H, W) px -> bytes of a .flo file."""
    _, height, width = flow.shape
    return b"PIEH" + struct.pack("<ii", width, height) + np.ascontiguousarray(np.moveaxis(flow, 0, 2), "<f4").tobytes()


def decode_flow(data):
    """Bytes of a .flo file -> (2, H, W) float32."""
    if data[:4] != b"PIEH":
        raise ValueError("not a .flo file: it does not begin with PIEH")
    width, height = struct.unpack("<ii", data[4:12])
    if len(data) != 12 + 8 * width * height:
        raise ValueError(
            f".flo file of {width} x {height} should have {12 + 8 * width * height} bytes, has {len(data)}"
        )
    return np.moveaxis(np.frombuffer(data, "<f4", offset=12).reshape(height, width, 2), 2, 0).copy()


def write_pair(folder, pair, index, compress=False, rounding=None):
    """Write one pair of the dataset; rounding: px, flows are rounded to multiples of it (smaller gzipped files)."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, scale in (("onset", 255), ("apex", 255), ("visible", 255), ("face", 255)):
        image = np.rint(pair[name][0].numpy().astype(np.float32) * scale).clip(0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{name}.png"), image, [cv2.IMWRITE_PNG_COMPRESSION, 9 if compress else 3])
    for name in ("facial", "head"):
        flow = pair[name].numpy()
        if rounding:
            flow = np.rint(flow / rounding) * rounding + 0.0
        data = encode_flow(flow.astype(np.float32))
        if compress:
            (folder / f"{name}.flo.gz").write_bytes(gzip.compress(data, 9, mtime=0))
        else:
            (folder / f"{name}.flo").write_bytes(data)
    (folder / "pair.json").write_text(json.dumps(describe(pair, index), indent=1) + "\n")


def describe(pair, index):
    info = pair["info"]
    expression = pair["facial"] - pair["head"]
    return {
        "index": index,
        "split": info["split"],
        "identity": person(info["identity"]),
        "source": info["identity"].split("/")[-2],
        "family": info["family"],
        "units": [u | {"px": round(u["px"], 3)} for u in info["units"]],
        "blink": bool(info.get("blink")),
        "gaze": bool(info.get("gaze")),
        "rendered": bool(info.get("rendered")),
        "head": info["head"],
        "camera": info["camera"],
        "peak_px": {
            "expression": round(float(expression.square().sum(0).max().sqrt()), 4),
            "facial": round(float(pair["facial"].square().sum(0).max().sqrt()), 4),
        },
    }


def person(key):
    """Identity of a portrait: "london/001" for both of a person's pictures, "generated/female-04"."""
    source, name = key.removesuffix(".jpg").split("/")[-2:]
    return f"{source}/{name[:3] if source == 'london' else name}"


def read_pair(folder):
    """Dict with onset, apex, facial, head (float32), visible, face (bool) of shapes (1 or 2, H, W) and info
    (pair.json).
    """
    out = {
        name: cv2.imread(str(folder / f"{name}.png"), cv2.IMREAD_GRAYSCALE)[None]
        for name in ("onset", "apex", "visible", "face")
    }
    out = {
        name: image.astype(np.float32) / 255 if name in ("onset", "apex") else image > 127
        for name, image in out.items()
    }
    for name in ("facial", "head"):
        plain = folder / f"{name}.flo"
        out[name] = decode_flow(
            plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.flo.gz").read_bytes())
        )
    return out | {"info": json.loads((folder / "pair.json").read_text())}
