import numpy as np
import pytest

from meflow.layout import decode_flow, encode_flow, read_pair, write_pair
from tests.meflow.conftest import FIXTURE
from tests.meflow.test_dataset import dataset


@pytest.mark.parametrize("compress", [False, True])
def test_a_pair_survives_the_disk(cache, tmp_path, compress):
    pair = dataset(cache, level="benign")[0]
    write_pair(tmp_path / "p", pair, 0, compress)
    back = read_pair(tmp_path / "p")
    assert np.array_equal(back["facial"], pair["facial"].numpy())
    assert np.abs(back["onset"] - pair["onset"].numpy()).max() <= 0.5 / 255 + 1e-6
    assert back["info"]["split"] == "train"


def test_flow_file_is_middlebury():
    flow = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    data = encode_flow(flow)
    assert data[:4] == b"PIEH"
    assert len(data) == 12 + 8 * 6
    assert np.array_equal(np.frombuffer(data[12:20], "<f4"), [flow[0, 0, 0], flow[1, 0, 0]])
    assert np.array_equal(decode_flow(data), flow)
    with pytest.raises(ValueError, match="PIEH"):
        decode_flow(b"nope")
    with pytest.raises(ValueError, match="bytes"):
        decode_flow(data[:-1])


def test_fixture_holds_true_flow():
    folders = sorted(FIXTURE.glob("*/0*"))
    assert len(folders) == 4
    for folder in folders:
        pair = read_pair(folder)
        assert pair["info"]["source"] == "generated"
        assert pair["facial"].shape == (2, 224, 224)
        peak = np.hypot(*(pair["facial"] - pair["head"])).max()
        assert abs(peak - pair["info"]["peak_px"]["expression"]) < 0.02
