"""NVIDIA Triton, as nvidia-pytriton bundles it, with MEFlowNet by ONNX Runtime: its HTTP front is the real one.

    python triton_server.py MODEL.onnx HTTP_PORT GRPC_PORT METRICS_PORT
"""

import os
import sys
import tempfile

import numpy as np
import onnxruntime
from pytriton.decorators import batch
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

model, http, grpc, metrics = sys.argv[1], *map(int, sys.argv[2:5])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@batch
def infer(onset, apex):
    facial, head, log_sigma = session.run(["facial", "head", "log_sigma"], {"onset": onset, "apex": apex})
    return {"facial": facial, "head": head, "log_sigma": log_sigma}


def plane(name, channels):
    return Tensor(name=name, dtype=np.float32, shape=(channels, 224, 224))


config = TritonConfig(http_address="127.0.0.1", http_port=http, grpc_port=grpc, metrics_port=metrics)
# A workspace of its own in the folder that the test clears up: who is killed leaves it behind.
with Triton(config=config, workspace=os.path.join(tempfile.mkdtemp(dir=os.getcwd()), "workspace")) as triton:
    triton.bind(
        model_name="meflownet", infer_func=infer,
        inputs=[plane("onset", 1), plane("apex", 1)],
        outputs=[plane("facial", 2), plane("head", 2), plane("log_sigma", 1)],
        config=ModelConfig(max_batch_size=32),
    )
    triton.serve()
