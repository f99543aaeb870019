"""Golden shares of sources: n to the power alpha, normalised, is SciPy's softmax of alpha times the logarithm of n.

Writes ../fixtures/week02/mixture.json: a list of cases, each `name`, `sizes`, `alpha` and `shares`. A source of size 0 has
the logarithm minus infinity and the share 0; alpha = 0 would make that undefined, so it is taken over the others alone.

    pip install -r requirements.txt
    python week02_mixture.py
"""

import json
from pathlib import Path

import numpy
import scipy
from scipy.special import softmax

CASES = {
    "by size": ([400, 100], 1.0),
    "all alike": ([400, 100, 7], 0.0),
    "the square root": ([400, 100], 0.5),
    "three, at 0.3": ([1_000_000, 50_000, 100], 0.3),
    "three, at 0.7": ([1_000_000, 50_000, 100], 0.7),
    "equal sizes": ([50, 50, 50, 50], 0.3),
    "one source": ([123], 0.3),
    "an empty source": ([900, 0, 100], 0.5),
    "an empty source, all alike": ([900, 0, 100], 0.0),
    "sizes of a trillion": ([3_000_000_000_000, 40_000_000_000, 600_000_000], 0.3),
    "a source of one token": ([1, 10, 100], 0.3),
    "more than by size": ([300, 200, 100], 2.0),
}

cases = []
for name, (sizes, alpha) in CASES.items():
    sizes_ = numpy.array(sizes, dtype=numpy.float64)
    shares = numpy.zeros(len(sizes))
    shares[sizes_ > 0] = softmax(alpha * numpy.log(sizes_[sizes_ > 0]))
    cases.append({"name": name, "sizes": sizes, "alpha": alpha, "shares": shares.tolist()})
target = Path(__file__).parent.parent / "fixtures" / "week02" / "mixture.json"
target.write_text(json.dumps(cases, ensure_ascii=False, indent=0) + "\n")
print(f"{target.name}: {len(cases)} cases, scipy {scipy.__version__}, numpy {numpy.__version__}")
