"""Golden values of sinusoidal positions, computed with torch in float64.

Writes ../fixtures/week04/sinusoidal.safetensors: for each case `NAME.size` (int64: positions, width, and how many of the
last rows are kept) and `.table` (float32), those rows of the table.

As many programs write the formula: the frequencies are an exponential of a logarithm, and the sines and the cosines are
put into every second column. So neither the power nor the order of the columns is taken from the solution.

    pip install -r requirements.txt
    python week04_sinusoidal.py
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

torch.set_num_threads(1)

# name: (positions, width, how many of the last rows are kept)
CASES = {
    "one position, one frequency": (1, 2, 1),
    "4 positions, one frequency": (4, 2, 4),
    "5 positions, 4 columns": (5, 4, 5),
    "7 positions, 6 columns": (7, 6, 7),
    "12 positions, 16 columns": (12, 16, 12),
    "20 positions, 64 columns": (20, 64, 20),
    "the last rows of 2000, 64 columns": (2000, 64, 3),
    "the last rows of 5000, 32 columns": (5000, 32, 3),
    "the last rows of 100000, 6 columns": (100_000, 6, 8),
}


def table(positions: int, width: int) -> torch.Tensor:
    frequency = torch.exp(torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(10_000.0) / width))
    angle = torch.arange(positions, dtype=torch.float64).unsqueeze(1) * frequency  # (T, C / 2)
    result = torch.empty(positions, width, dtype=torch.float64)
    result[:, 0::2] = angle.sin()
    result[:, 1::2] = angle.cos()
    return result


def main() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, (positions, width, kept) in CASES.items():
        tensors[f"{name}.size"] = torch.tensor([positions, width, kept])
        tensors[f"{name}.table"] = table(positions, width)[-kept:].float().contiguous()
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "sinusoidal.safetensors"
    save_file(tensors, target, metadata={"made_by": f"{Path(__file__).name}, torch {torch.__version__}"})
    print(f"{target.name}: {len(CASES)} cases, {len(tensors)} tensors, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
