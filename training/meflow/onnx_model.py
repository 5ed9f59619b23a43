"""The exported network behind the same call as the classical methods."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime


class OnnxFlow:
    """path: meflownet.onnx. If model.json lies beside it, the file must have the hash that it names."""

    def __init__(self, path, threads=1):
        path = Path(path)
        card = path.with_name("model.json")
        if card.exists():
            expected = json.loads(card.read_text())
            found = hashlib.sha256(path.read_bytes()).hexdigest()
            if expected["file"] == path.name and expected["sha256"] != found:
                raise ValueError(
                    f"{path}: SHA-256 {found} differs from {expected['sha256']} in {card}; download or export it again"
                )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def __call__(self, onset, apex):
        """onset, apex (H, W) float32 -> facial, head (2, H, W) px."""
        feeds = {"onset": onset[None, None].astype(np.float32), "apex": apex[None, None].astype(np.float32)}
        facial, head = self.session.run(["facial", "head"], feeds)
        return facial[0], head[0]
