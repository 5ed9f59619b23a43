"""What pandas makes of a per-frame series, as JSON."""

import json
import sys

import pandas as pd

series = pd.read_csv(sys.argv[1])
units = [name for name in series.columns if name.startswith("AU") and name.endswith("_r")]
seen = series[series["success"] == 1]
print(
    json.dumps(
        {
            "rows": len(series),
            "integers": [name for name in ("frame", "face_id", "success", "reference") if series[name].dtype == "int64"],
            "text": [name for name in series.columns if not pd.api.types.is_numeric_dtype(series[name])],
            "units": units,
            "intensities": [float(seen[units].min().min()), float(seen[units].max().max())],
            "step": float(series["timestamp"].diff().median()),
            "peaks": int((seen["score"] > seen["threshold"]).sum()),
        }
    )
)
