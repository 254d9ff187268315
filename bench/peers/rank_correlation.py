#!/usr/bin/env python3
"""Prints Spearman's rank correlation of two files of 64-bit floats, of as many as the shorter has.

  rank_correlation.py A B
"""
import sys

import numpy as np
from scipy.stats import spearmanr

a, b = (np.fromfile(path) for path in sys.argv[1:])
count = min(len(a), len(b))
print(spearmanr(a[:count], b[:count]).correlation)
