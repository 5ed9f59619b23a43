"""Files that must exist before a command starts, and the error message when one is missing."""

from pathlib import Path


class MissingError(Exception):
    """A file that an earlier step of README.md makes, or that the user provides, is missing.

    The message is for the user.
    """


def needed(path, step):
    """`path` as a Path; MissingError if it does not exist. step: what makes or provides it."""
    if not Path(path).exists():
        raise MissingError(f"{path} is missing: {step}")
    return Path(path)


CACHE_STEP = "made by common.landmarks and common.build_cache (README.md, Prepare the sources); --cache sets the folder"
DATA_STEP = "part of the data folder (README.md, Prepare the sources); --data or MELLM_DATA sets the folder"
CLIP_LANDMARKS_STEP = (
    "written by scripts/data/landmarks-of-clip.js (README.md, ME-Inject); --clip-landmarks sets the folder"
)
