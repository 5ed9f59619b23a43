"""Whether pandas reads the same table from the Parquet and the CSV of a per-frame series, as JSON."""

import json
import sys

import pandas as pd

parquet = pd.read_parquet(sys.argv[1])
csv = pd.read_csv(sys.argv[2])
for name in csv.columns:
    if not pd.api.types.is_numeric_dtype(csv[name]):
        csv[name] = csv[name].astype("object")
        parquet[name] = parquet[name].astype("object")
pd.testing.assert_frame_equal(parquet, csv, check_dtype=False)
print(json.dumps({"rows": len(parquet), "integers": [name for name in ("frame", "face_id", "success") if parquet[name].dtype == "int32"]}))
