"""Speed of the ONNX network: ms for one pair on one thread, and pairs a second by batch size.

python -m meflow.speed --onnx ../models/meflownet/meflownet.onnx --batches 1 8 --provider CUDAExecutionProvider
"""

import argparse
import time

import numpy as np
import onnxruntime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onnx", required=True)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--provider", default="CPUExecutionProvider")
    args = parser.parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    if args.provider not in onnxruntime.get_available_providers():
        raise SystemExit(
            f"{args.provider} is not available in this build: {', '.join(onnxruntime.get_available_providers())}"
        )
    session = onnxruntime.InferenceSession(args.onnx, options, providers=[args.provider])
    rng = np.random.default_rng(0)
    for batch in args.batches:
        feeds = {name: rng.random((batch, 1, 224, 224), dtype=np.float32) for name in ("onset", "apex")}
        session.run(None, feeds)
        took = []
        for _ in range(args.runs):
            began = time.perf_counter()
            session.run(None, feeds)
            took.append(1000 * (time.perf_counter() - began))
        median, least = float(np.median(took)), min(took)
        print(f"batch {batch:2}: median {median:7.1f} ms, least {least:7.1f} ms, {1000 * batch / least:6.1f} pairs/s")


if __name__ == "__main__":
    main()
