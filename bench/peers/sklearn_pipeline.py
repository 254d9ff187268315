#!/usr/bin/env python3
"""What aiops-train and aiops-score do, with pandas and scikit-learn: CSV of samples in, features, a forest for each
series, CSV of scores out. Prints the CPU seconds of training (reading and features included) and of scoring (these and
writing included), as two commands would need them.

  sklearn_pipeline.py IN.csv OUT.csv
"""
import json
import sys
import time

import pandas as pd
from pandas_features import features
from sklearn.ensemble import IsolationForest

INPUTS = ["value", "delta", "rolling_mean", "rolling_std", "zscore"]

clock = time.process_time
begin = clock()
samples = features(pd.read_csv(sys.argv[1]))
prepared = clock() - begin
fit = score = prepared
for _, rows in samples.groupby(["service", "metric"], sort=False):
    usable = rows[INPUTS].dropna().astype("float32")
    begin = clock()
    forest = IsolationForest(n_estimators=100, max_samples=256, random_state=1, n_jobs=1).fit(usable.values)
    fit += clock() - begin
    begin = clock()
    samples.loc[usable.index, "score"] = -forest.score_samples(usable.values)
    score += clock() - begin
begin = clock()
samples.to_csv(sys.argv[2], index=False, float_format="%.6g")
score += clock() - begin
print(json.dumps({"fit": fit, "score": score}))
