#!/usr/bin/env python3
"""Writes scores.csv: rows and the anomaly scores that scikit-learn's IsolationForest gives them.

Recorded with scikit-learn 1.2.1 and numpy 1.24.2 (Debian 12). 600 rows of five columns, as features of a sample
would be: value (autocorrelated, heavy tails), delta, mean and standard deviation of 20, z-score. `score` is
-score_samples(), 2^(-E(h)/c(n)) in the notation of Liu, Ting & Zhou (2008), of one forest of 100 trees; `mean_score`
is the mean of twenty such forests, which is close to the expectation.
"""
import numpy as np
from sklearn.ensemble import IsolationForest

rng = np.random.default_rng(2008)
n = 600
x = np.zeros(n)
for i in range(1, n):
    x[i] = 0.8 * x[i - 1] + rng.standard_t(3)
rows = np.empty((n, 5))
for i in range(n):
    w = x[max(0, i - 19): i + 1]
    sd = w.std(ddof=1) if len(w) > 1 else 1.0
    rows[i] = [x[i], x[i] - x[max(0, i - 1)], w.mean(), sd, (x[i] - w.mean()) / sd]
rows = np.round(rows, 4).astype(np.float32)
scores = [-IsolationForest(n_estimators=100, max_samples=256, random_state=seed).fit(rows).score_samples(rows)
          for seed in range(20)]
with open("scores.csv", "w") as out:
    out.write("value,delta,mean,std,zscore,score,mean_score\n")
    for row, one, mean in zip(rows, scores[0], np.mean(scores, axis=0)):
        out.write(",".join(f"{v:.4f}" for v in row) + f",{one:.6f},{mean:.6f}\n")
rank = lambda v: np.argsort(np.argsort(v))
print("rank correlation of two seeds", np.corrcoef(rank(scores[0]), rank(scores[1]))[0, 1],
      "with the mean", np.corrcoef(rank(scores[0]), rank(np.mean(scores, axis=0)))[0, 1],
      "mean difference", np.abs(scores[0] - scores[1]).mean())
