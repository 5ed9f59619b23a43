"""The model: cache against plain, exported files against PyTorch, a short training that learns."""

import numpy as np
import torch

from mellm import data, mixing, train
from mellm.export import export, largest_difference
from mellm.features import features
from mellm.model import MELLM
from mellm.tokenizer import Tokenizer


def small(tokenizer):
    torch.manual_seed(0)
    return MELLM(len(tokenizer), width=32, layers=2, heads=2, hidden=64, face=48).eval()


def test_cache_gives_what_the_plain_pass_gives():
    tokenizer = Tokenizer()
    model = small(tokenizer)
    figures, tokens = torch.randn(1, 29, 8), torch.randint(0, len(tokenizer), (1, 9))
    with torch.no_grad():
        plain = model(figures, tokens)
        regions, _ = model.projector(figures)
        first, past = model.step(regions, tokens[:, :4], torch.zeros(4, 2, 0, 16))
        second, _ = model.step(regions[:, :0], tokens[:, 4:], past)
    assert torch.allclose(plain, torch.cat([first[:, 29:], second], 1), atol=1e-5)


def test_exported_files_agree(tmp_path):
    tokenizer = Tokenizer()
    model = small(tokenizer)
    export(model, tmp_path)
    assert largest_difference(model, tmp_path, tokenizer) < 1e-3


def test_learns(small_bank):
    tokenizer, rng = Tokenizer(), np.random.default_rng(0)
    mixer, model = mixing.Mixer(small_bank), small(tokenizer)
    train.train_projector(model, tokenizer, mixer, rng, 60, 3e-3)
    with torch.no_grad():
        answers = data.side_answers(small_bank["units"])
        logits = model.answers(torch.from_numpy(features(small_bank["table"])), tokenizer.answers)
        right = (logits[:, :-1, :4].argmax(-1).numpy() == answers).mean()
    assert right > 0.97
