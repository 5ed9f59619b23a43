"""MEFlowNet for MLServer: ONNX Runtime behind the Open Inference Protocol.

    mlserver start deploy/mlserver

docs/flow.md says what to install and how mellm-live is pointed at it. `parameters.extra` of model-settings.json may
hold `threads` (inside one operator) and `providers` (ONNX Runtime's names, first choice first).
"""

import asyncio
import hashlib

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.errors import InferenceError
from mlserver.types import Datatype, InferenceRequest, InferenceResponse, MetadataModelResponse, Parameters
from mlserver.utils import get_model_uri

# Nothing leaves the machine unasked.
onnxruntime.disable_telemetry_events()


class MEFlowNetRuntime(MLModel):
    async def load(self) -> bool:
        path = await get_model_uri(self.settings, wellknown_filenames=["meflownet.onnx"])
        extra = self.settings.parameters.extra or {}
        with open(path, "rb") as file:
            model = file.read()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = extra.get("threads", 1)
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            model, options, providers=extra.get("providers", ["CPUExecutionProvider"])
        )
        self._sha256 = hashlib.sha256(model).hexdigest()
        # One batch at a time: each has the device to itself.
        self._turn = asyncio.Lock()
        return True

    async def metadata(self) -> MetadataModelResponse:
        """Tells the file's SHA-256 too: mellm-live then names the model in annotations by it."""
        metadata = await super().metadata()
        metadata.parameters = Parameters(sha256=self._sha256)
        return metadata

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        feeds = {tensor.name: self._read(tensor) for tensor in payload.inputs}
        lacking = {"onset", "apex"} - feeds.keys()
        if lacking:
            raise InferenceError(f"input {', '.join(sorted(lacking))} is missing")
        if feeds["onset"].shape != feeds["apex"].shape:
            raise InferenceError("onset and apex differ in shape")
        wanted = [output.name for output in payload.outputs or []] or ["facial", "head", "log_sigma"]
        async with self._turn:
            # Off the event loop: /v2/health/ready answers meanwhile.
            results = await asyncio.to_thread(self._session.run, wanted, feeds)
        return InferenceResponse(
            model_name=self.name,
            model_version=self.version,
            outputs=[NumpyCodec.encode_output(name, result) for name, result in zip(wanted, results)],
        )

    @staticmethod
    def _read(tensor) -> np.ndarray:
        datatype = Datatype(tensor.datatype)
        if tensor.name not in ("onset", "apex") or datatype is not Datatype.FP32:
            raise InferenceError(f"input {tensor.name} ({datatype.value}) is neither onset nor apex in FP32")
        if len(tensor.shape) != 4 or tensor.shape[1:] != [1, 224, 224]:
            raise InferenceError(f"input {tensor.name} has the shape {tensor.shape}, not [n, 1, 224, 224]")
        try:
            values = np.asarray(getattr(tensor.data, "root", tensor.data), dtype=np.float32)
        except (TypeError, ValueError) as cause:
            raise InferenceError(f"input {tensor.name} holds what is no number") from cause
        if values.size != np.prod(tensor.shape):
            raise InferenceError(f"input {tensor.name} has {values.size} numbers, which is not its shape")
        return values.reshape(tensor.shape)
