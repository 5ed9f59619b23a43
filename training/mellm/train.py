"""Train the embedded MELLM on the bank of measured pairs.

    python -m mellm.train --bank .cache/mellm --out .cache/mellm-run --minutes 40          # of CPU time, one thread

First the projector learns, with a head that is thrown away, to tell the action units apart (a minute or two); then the
whole model learns the questions' answers and the text in turn. --resume continues from <out>/last.pt; the learning rate
decays over --minutes.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from . import bank, data
from .mixing import Mixer
from .model import MELLM
from .tokenizer import Tokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bank", type=Path, default=Path(".cache/mellm"))
    parser.add_argument("--out", type=Path, default=Path(".cache/mellm-run"))
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--face-steps", type=int, default=1200)
    parser.add_argument("--questions", type=int, default=96, help="pairs a step with questions")
    parser.add_argument("--texts", type=int, default=16, help="pairs a step with text")
    parser.add_argument("--text-share", type=float, default=0.75, help="of the steps")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="weights to start from; skips the projector's own training")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer()
    mixer = Mixer(bank.load(args.bank, "train"))
    model = MELLM(len(tokenizer), layers=args.layers, face=800)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters:,} parameters, {len(tokenizer)} tokens, {len(mixer.units)} measured pairs", flush=True)
    if args.resume:
        model.load_state_dict(torch.load(args.resume, map_location="cpu")["model"])
    if args.face_steps:
        train_projector(model, tokenizer, mixer, rng, args.face_steps, 5e-4 if args.resume else 2e-3)
    train_all(model, mixer, rng, tokenizer, args)


def train_projector(model, tokenizer, mixer, rng, steps, rate):
    """The projector's questions, straight to the answers' embeddings: the layers add to the stream what they learn
    later.
    """
    projector = model.projector
    parameters = [
        *projector.face.parameters(),
        *projector.spread.parameters(),
        *projector.widen.parameters(),
        projector.question,
        *model.embedding.parameters(),
        *model.norm.parameters(),
    ]
    optimiser = torch.optim.AdamW(parameters, rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
    for step in range(steps):
        features, answers, category = data.question_batch(mixer, rng, 256)
        units, label = answer_losses(model.logits(projector(features)[1], tokenizer.answers), answers, category)
        loss = 4 * units + label
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 200 == 199:
            losses = f"unit {units.item():.4f} category {label.item():.4f}"
            print(f"projector {step + 1} {losses} cpu {time.process_time():.0f} s", flush=True)


def answer_losses(logits, answers, category):
    """Mean cross-entropy of the answers about the units (the first four of `answers`) and about the category."""
    return F.cross_entropy(logits[:, :-1, :4].flatten(0, 1), answers.flatten()), F.cross_entropy(
        logits[:, -1, 4:], category
    )


def question_loss(model, tokenizer, batch):
    features, answers, category = batch
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model.answers(features, tokenizer.answers)
    return answer_losses(logits.float(), answers, category)


def text_loss(model, batch):
    features, tokens, labels = batch
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(features, tokens)
    return F.cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=-100)


def train_all(model, mixer, rng, tokenizer, args):
    slow = [
        *model.projector.face.parameters(),
        *model.projector.spread.parameters(),
        *model.projector.widen.parameters(),
    ]
    fast = [p for p in model.parameters() if all(p is not q for q in slow)]
    optimiser = torch.optim.AdamW(
        [{"params": fast, "rate": args.rate}, {"params": slow, "rate": args.rate * 0.2}],
        args.rate,
        betas=(0.9, 0.95),
        weight_decay=0.05,
    )
    averaged = {k: v.clone() for k, v in model.state_dict().items()}
    start, budget = time.process_time(), args.minutes * 60
    texts, step, saved, seen = iter(()), 0, time.time(), {"unit": [], "category": [], "text": []}
    while (spent := time.process_time() - start) < budget:
        fraction = spent / budget
        for group in optimiser.param_groups:
            group["lr"] = group["rate"] * min(1, (step + 1) / 60) * max(0.03, 0.5 * (1 + math.cos(math.pi * fraction)))
        if rng.random() < args.text_share:
            batch = next(texts, None)
            if batch is None:
                texts = data.text_batch(mixer, rng, args.texts, tokenizer)
                batch = next(texts)
            loss = text_loss(model, batch)
            seen["text"].append(loss.item())
        else:
            units, category = question_loss(model, tokenizer, data.question_batch(mixer, rng, args.questions))
            loss = 4 * units + category
            seen["unit"].append(units.item())
            seen["category"].append(category.item())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
        decay = min(0.99, step / (step + 10))
        for name, value in model.state_dict().items():
            averaged[name].lerp_(value, 1 - decay)
        if step % 50 == 0:
            means = " ".join(f"{name} {np.mean(values[-20:]):.4f}" for name, values in seen.items() if values)
            print(f"step {step} {means} spent {spent:.0f} of {budget:.0f} s", flush=True)
        if time.time() - saved > 90:
            save(averaged, model, args.out / "last.pt", step)
            saved = time.time()
    save(averaged, model, args.out / "last.pt", step)


def save(state, model, path, step):
    torch.save({"model": state, "options": model.options, "step": step}, path)


if __name__ == "__main__":
    main()
