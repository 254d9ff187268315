#!/usr/bin/env python3
"""What bench-forest does, with scikit-learn, the same arguments and the same output.

  sklearn_forest.py MATRIX WIDTH TREES SAMPLES SCORE_ROWS SCORES
"""
import json
import sys
import time

import numpy as np
from sklearn.ensemble import IsolationForest

path, width, trees, samples, score_rows, scores_path = sys.argv[1:]
matrix = np.fromfile(path, dtype=np.float32).reshape(-1, int(width))
begin = time.process_time()
forest = IsolationForest(n_estimators=int(trees), max_samples=int(samples), random_state=1, n_jobs=1).fit(matrix)
fitted = time.process_time()
scores = -forest.score_samples(matrix[: int(score_rows)])
scored = time.process_time()
scores.astype(np.float64).tofile(scores_path)
print(json.dumps({"fit": fitted - begin, "score": scored - fitted}))
