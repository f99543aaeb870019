"""Golden values of the softmax, from PyTorch's `torch.softmax` in float64.

Writes ../fixtures/week04/softmax.safetensors: for each case `NAME.scores` and `NAME.weights`, float32.

    pip install -r requirements.txt
    python week04_softmax.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

torch.manual_seed(20260102)

INF = float("inf")
some = torch.randint(-4, 5, (7,)).float()  # whole numbers: a thousand more is exact in float32

CASES = {
    "one score": [3.5],
    "one score of 0": [0.0],
    "one very large score": [2000.0],
    "two scores": [0.0, 1.0],
    "the four words": [0.0, 3.0, 0.0, 1.0],
    "equal scores": [5.0] * 6,
    "all scores 0": [0.0] * 3,
    "scores below 0": [-3.0, -1.0, -2.5],
    "fractions": [0.25, -0.5, 1.75, 0.0],
    "on both sides of 0, adding up to 0": [1.5, -2.0, 0.5],
    "seven scores": some.tolist(),
    "seven scores, each a thousand more": (some + 1000).tolist(),
    "seven scores, each a thousand less": (some - 1000).tolist(),
    "just above the range of exp": [89.0, 88.0, 90.0],
    "just below the range of exp": [-105.0, -104.0],
    "equal and very large": [1000.0, 1000.0],
    "equal and very small": [-1000.0, -1000.0, -1000.0],
    "one far ahead": [0.0, 0.0, 0.0, 400.0],
    "one far ahead of many": [0.0] * 11 + [300.0],
    "one far behind": [0.0, -400.0, 1.0],
    "far apart": [-500.0, 300.0, 299.0, 0.0],
    "a score of -inf": [1.0, -INF, 2.0],
    "all but one are -inf": [-INF, -INF, 4.0],
    "-inf among very large ones": [900.0, -INF, 901.0, -INF],
    "-inf among very small ones": [-INF, -900.0, -902.0],
    "a hundred scores": (3 * torch.randn(100)).tolist(),
    "one behind, the others ahead": [50.0, -60.0, 50.0, 51.0],
    "the first behind, the others ahead": [-60.0, 50.0, 51.0, 50.0],
}


def main() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, numbers in CASES.items():
        scores = torch.tensor(numbers, dtype=torch.float32)
        # In float64, and rounded afterwards.
        weights = torch.softmax(scores.double(), dim=-1)
        assert weights.isfinite().all(), name
        tensors[f"{name}.scores"] = scores
        tensors[f"{name}.weights"] = weights.float()
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "softmax.safetensors"
    save_file(tensors, target, metadata={"made_by": f"{Path(__file__).name}, torch {torch.__version__}"})
    print(f"{target.name}: {len(CASES)} cases, {target.stat().st_size} bytes, torch {torch.__version__}")


if __name__ == "__main__":
    main()
