"""Fine-tune a Hugging Face causal language model with LoRA on MEU-Instruct and on one's own pairs.

    pip install transformers peft datasets accelerate
    python -m mellm.lora --base Qwen/Qwen3-0.6B --train train.jsonl my-pairs.jsonl --out my-mellm

Files are JSON lines with `messages`: a user turn (the regions) and an assistant turn (the answer), as python -m
mellm.generate writes them. The loss is on the answers only. Adapter and, with --merge, whole weights are written to
--out; serve these with vLLM:

    vllm serve my-mellm/merged --served-model-name mellm
    mellm-live serve --llm http://localhost:8000/v1 --llm-model mellm --llm-dialect mellm
"""

import argparse
import json
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, help="Hugging Face name or folder of the model to start from")
    parser.add_argument("--train", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--accumulate", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--longest", type=int, default=3072, help="tokens; longer pairs are left out")
    parser.add_argument("--merge", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    try:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments
    except ImportError as missing:
        raise SystemExit(
            f"{missing.name} is not installed; pip install transformers peft datasets accelerate"
        ) from missing

    tokenizer = AutoTokenizer.from_pretrained(args.base)
    model = AutoModelForCausalLM.from_pretrained(args.base, torch_dtype="auto")
    model = get_peft_model(
        model,
        LoraConfig(
            r=args.rank, lora_alpha=2 * args.rank, lora_dropout=0.05, target_modules="all-linear", task_type="CAUSAL_LM"
        ),
    )
    pairs = [encode(messages, tokenizer) for path in args.train for messages in read(path)]
    short = [pair for pair in pairs if len(pair["input_ids"]) <= args.longest]
    print(f"{len(short)} pairs, {len(pairs) - len(short)} too long")
    trainer = Trainer(
        model=model,
        train_dataset=short,
        data_collator=lambda batch: collate(batch, tokenizer.pad_token_id or tokenizer.eos_token_id, torch),
        args=TrainingArguments(
            output_dir=str(args.out),
            num_train_epochs=args.epochs,
            per_device_train_batch_size=args.batch,
            gradient_accumulation_steps=args.accumulate,
            learning_rate=args.rate,
            lr_scheduler_type="cosine",
            warmup_ratio=0.03,
            bf16=torch.cuda.is_available(),
            logging_steps=20,
            save_strategy="epoch",
            report_to=[],
            seed=args.seed,
            remove_unused_columns=False,
        ),
    )
    trainer.train()
    model.save_pretrained(args.out / "adapter")
    if args.merge:
        model.merge_and_unload().save_pretrained(args.out / "merged")
        tokenizer.save_pretrained(args.out / "merged")


def read(path):
    """Yield the messages of each line."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.strip():
            messages = json.loads(line).get("messages")
            if not messages or [m["role"] for m in messages[-2:]] != ["user", "assistant"]:
                raise SystemExit(f"{path}, line {number}: expected messages that end with a user and an assistant turn")
            yield messages


def encode(messages, tokenizer):
    """input_ids, and labels that are -100 before the answer."""
    ahead = tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, tokenize=False)
    prompt = tokenizer(ahead, add_special_tokens=False)["input_ids"]
    answer = tokenizer(messages[-1]["content"], add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
    return {"input_ids": prompt + answer, "labels": [-100] * len(prompt) + answer}


def collate(batch, pad, torch):
    longest = max(len(row["input_ids"]) for row in batch)

    def fill(row, name, value):
        return row[name] + [value] * (longest - len(row[name]))

    return {
        "input_ids": torch.tensor([fill(r, "input_ids", pad) for r in batch]),
        "attention_mask": torch.tensor(
            [[1] * len(r["input_ids"]) + [0] * (longest - len(r["input_ids"])) for r in batch]
        ),
        "labels": torch.tensor([fill(r, "labels", -100) for r in batch]),
    }


if __name__ == "__main__":
    main()
