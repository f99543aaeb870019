"""Golden values of the online softmax, from PyTorch.

Writes ../fixtures/week04/online_softmax.safetensors: for each case `NAME.scores` (N,), `NAME.values` (N, Dv), `NAME.split`
(how many keys the first of two workers sees), and what PyTorch makes of all keys together: `.largest` (1,), `.total` (1,),
`.sum` (Dv,), `.context` (Dv,). Everything is float32.

    pip install -r requirements.txt
    python week04_online_softmax.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

torch.set_num_threads(1)
torch.manual_seed(20260408)

INF = float("inf")


def values(count: int, width: int) -> torch.Tensor:
    return torch.randn(count, width)


# name: (scores, values, split)
CASES = {
    "one key": ([0.75], values(1, 3), 1),
    "two keys, the larger first": ([2.0, -1.0], values(2, 2), 1),
    "two keys, the larger last": ([-1.0, 2.0], values(2, 2), 1),
    "five scores in no order": ([0.5, 2.25, -1.0, 1.75, 0.0], values(5, 3), 2),
    "scores that only grow": ([-3.0, -1.5, 0.0, 1.0, 2.5, 4.0], values(6, 2), 3),
    "scores that only fall": ([4.0, 2.5, 1.0, 0.0, -1.5, -3.0], values(6, 2), 2),
    "equal scores": ([1.5, 1.5, 1.5, 1.5], values(4, 3), 1),
    "scores of 1000": ([990.0, 1000.0, 995.0, 999.5], values(4, 2), 2),
    "scores of -1000": ([-1000.0, -990.0, -1003.0], values(3, 2), 1),
    "scores from -500 to 500": ([-500.0, 500.0, 498.5, 0.0], values(4, 2), 1),
    "a blocked key first": ([-INF, 1.0, 0.25], values(3, 2), 1),
    "blocked keys first, then a large score": ([-INF, -INF, 200.0, 201.0], values(4, 3), 3),
    "a blocked key in the middle": ([0.5, -INF, 1.25, -0.5], values(4, 2), 2),
    "a blocked key last": ([0.5, 1.5, -INF], values(3, 2), 2),
    "forty keys": (torch.randn(40).mul(3).tolist(), values(40, 4), 17),
}


def main() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, (scores, v, split) in CASES.items():
        scores = torch.tensor(scores, dtype=torch.float32)
        s, v64 = scores.double(), v.double()
        largest = s.max()
        context = torch.softmax(s, 0) @ v64
        total = (torch.logsumexp(s, 0) - largest).exp()
        parts = {
            "scores": scores, "values": v, "split": torch.tensor([float(split)]),
            "largest": largest[None], "total": total[None], "sum": context * total, "context": context,
        }
        for part, tensor in parts.items():
            assert part == "scores" or tensor.isfinite().all(), (name, part)
            tensors[f"{name}.{part}"] = tensor.float().contiguous()
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "online_softmax.safetensors"
    save_file(tensors, target, metadata={"made_by": f"{Path(__file__).name}, torch {torch.__version__}"})
    print(f"{target.name}: {len(CASES)} cases, {len(tensors)} tensors, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
