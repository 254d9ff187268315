#!/usr/bin/env python3
"""Prints Spearman's rank correlation of two files of 64-bit floats.

  rank_correlation.py A B
"""
import sys

import numpy as np
from scipy.stats import spearmanr

print(spearmanr(np.fromfile(sys.argv[1]), np.fromfile(sys.argv[2])).correlation)
