#!/usr/bin/env python3
"""What aiops-features does, with pandas: CSV of samples in, the same with four features behind out. Prints the CPU
seconds, without those of the start, as JSON.

  pandas_features.py IN.csv OUT.csv
"""
import json
import sys
import time

import pandas as pd


def features(samples):
    series = samples.groupby(["service", "metric"], sort=False)["value"]
    rolling = series.rolling(60, min_periods=1)
    samples["delta"] = series.diff()
    samples["rolling_mean"] = rolling.mean().droplevel([0, 1])
    samples["rolling_std"] = rolling.std().droplevel([0, 1])
    samples["zscore"] = (samples["value"] - samples["rolling_mean"]) / samples["rolling_std"]
    return samples


if __name__ == "__main__":
    begin = time.process_time()
    features(pd.read_csv(sys.argv[1])).to_csv(sys.argv[2], index=False, float_format="%.6g")
    print(json.dumps({"seconds": time.process_time() - begin}))
