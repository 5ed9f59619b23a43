"""llama.cpp's own server (PyPI: xllamacpp, gguf) for tests: prints its URL, ends with stdin.

    python llama_server.py [MODEL.gguf]

Without a model, a tiny one of random weights: its words are random, but the protocol is real, and a JSON schema is held by the server's
grammar, so that answers are valid and short.
"""

import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
import xllamacpp

WIDTH, LAYERS, HEADS, HIDDEN = 64, 2, 4, 128


def write_model(path):
    """A LLaMA of 0.2 M random parameters whose vocabulary is the 256 bytes."""
    rng = np.random.default_rng(0)
    tokens = [b"<unk>", b"<s>", b"</s>"] + [f"<0x{i:02X}>".encode() for i in range(256)] + [bytes([i]) for i in range(32, 127)]
    kinds = [2, 3, 3] + [6] * 256 + [1] * 95
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(32768)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{% for m in messages %}{{ m['content'] }}{% endfor %}")
    matrix = lambda rows, columns: (rng.standard_normal((rows, columns)) * columns**-0.5).astype(np.float32)
    writer.add_tensor("token_embd.weight", matrix(len(tokens), WIDTH))
    writer.add_tensor("output.weight", matrix(len(tokens), WIDTH))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    for i in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{i}.{name}.weight", np.ones(WIDTH, np.float32))
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"blk.{i}.{name}.weight", matrix(WIDTH, WIDTH))
        writer.add_tensor(f"blk.{i}.ffn_gate.weight", matrix(HIDDEN, WIDTH))
        writer.add_tensor(f"blk.{i}.ffn_up.weight", matrix(HIDDEN, WIDTH))
        writer.add_tensor(f"blk.{i}.ffn_down.weight", matrix(WIDTH, HIDDEN))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1] if len(sys.argv) > 1 else Path(folder) / "tiny.gguf")
        if len(sys.argv) == 1:
            write_model(path)
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx = 32768 if len(sys.argv) == 1 else 8192
        parameters.n_parallel = 2
        parameters.cpuparams.n_threads = 1
        parameters.hostnames = ["127.0.0.1"]
        parameters.port = 0
        parameters.warmup = False
        parameters.api_keys = ["test-key"]
        server = xllamacpp.Server(parameters)
        print(f"URL {server.listening_address}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
