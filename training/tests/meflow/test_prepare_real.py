import json

from common.splits import SPLITS
from meflow.prepare_real import SPLIT


def test_split_file_of_the_real_recordings_names_disjoint_subjects():
    split = json.loads(SPLIT.read_text())
    subjects = [name for part in SPLITS for name in split[part]]
    assert subjects
    assert len(subjects) == len(set(subjects))
