"""What a script needs to be there before it starts, and the line that says so where it isn't."""

from pathlib import Path


class MissingError(Exception):
    """A file that an earlier step of README.md makes, or that the user brings, is not there. The message is for the user."""


def needed(path, step):
    """`path` as a Path; MissingError where it doesn't exist. step: what makes or brings it."""
    if not Path(path).exists():
        raise MissingError(f"{path} is missing: {step}")
    return Path(path)


CACHE_STEP = "made by common.landmarks and common.build_cache (README.md, Prepare the sources); --cache says where"
DATA_STEP = "part of the data folder (README.md, Prepare the sources); --data or MELLM_DATA says where that is"
CLIP_LANDMARKS_STEP = "written by scripts/data/landmarks-of-clip.js (README.md, ME-Inject); --clip-landmarks says where"
