#!/usr/bin/env python3
"""What bench-forest does, with isotree on one thread, the same arguments and the same output.

  isotree_forest.py MATRIX WIDTH TREES SAMPLES SCORE_ROWS SCORES
"""
import json
import sys
import time

import numpy as np
from isotree import IsolationForest

path, width, trees, samples, score_rows, scores_path = sys.argv[1:]
matrix = np.asfortranarray(np.fromfile(path, dtype=np.float32).reshape(-1, int(width)).astype(np.float64))
model = IsolationForest(ntrees=int(trees), sample_size=int(samples), ndim=1, max_depth="auto", missing_action="fail",
                        nthreads=1, random_seed=1)
begin = time.process_time()
model.fit(matrix)
fitted = time.process_time()
scores = model.predict(matrix[: int(score_rows)])
scored = time.process_time()
np.asarray(scores, dtype=np.float64).tofile(scores_path)
print(json.dumps({"fit": fitted - begin, "score": scored - fitted}))
