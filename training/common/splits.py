"""The splits of every synthetic data set, by identity: no subject is in two of them."""

from pathlib import Path

SPLITS = ("train", "val", "test")


def split_of(key):
    """Split of a portrait by identity. The London set is the held-out image source: it is never trained on."""
    name = Path(key).stem
    if "/london/" in key:
        return "val" if int(name[:3]) % 3 == 0 else "test"
    number = int(name[-2:]) if name[-2:].isdigit() else 0
    return {0: "test", 1: "val"}.get(number % 8, "train")
