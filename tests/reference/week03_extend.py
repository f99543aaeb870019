"""Golden rows of new tokens: PyTorch's means of the rows of their pieces.

Writes ../fixtures/week03/extend.safetensors: for each case `NAME.rows`, `NAME.pieces` (the ids of all new tokens, one after
the other), `NAME.lengths` (how many of them each has) and `NAME.new`, the new rows. The means are PyTorch's
`EmbeddingBag` in mode `mean`, and of a token without pieces the mean of the whole matrix.

    pip install -r requirements.txt
    python week03_extend.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

torch.set_num_threads(1)
torch.manual_seed(20260321)

# name: (rows, width, pieces of each new token)
CASES = {
    "one new token of two pieces": (4, 3, [[1, 2]]),
    "one piece": (5, 4, [[3]]),
    "three pieces, then two": (8, 5, [[0, 3, 6], [7, 1]]),
    "the same piece twice": (6, 3, [[2, 2, 5], [4, 4]]),
    "no pieces": (5, 3, [[], [1, 4]]),
    "only tokens without pieces": (3, 2, [[], []]),
    "ten pieces": (12, 6, [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [11, 10]]),
    "pieces in any order": (7, 4, [[6, 0, 3], [3, 6, 0], [5, 2]]),
    "one column": (9, 1, [[8, 0, 4], [2, 7]]),
    "no new tokens": (3, 2, []),
}

tensors = {}
for name, (count, width, pieces) in CASES.items():
    rows = torch.randn(count, width) + torch.arange(width)  # the columns differ, and so do the sums of rows
    flat = torch.tensor([id for ids in pieces for id in ids], dtype=torch.long)
    lengths = torch.tensor([len(ids) for ids in pieces], dtype=torch.long)
    offsets = lengths.cumsum(0) - lengths
    bag = torch.nn.EmbeddingBag.from_pretrained(rows.double(), mode="mean")
    new = bag(flat, offsets) if pieces else torch.zeros(0, width, dtype=torch.double)
    new = torch.where((lengths == 0)[:, None], rows.double().mean(0), new).float()
    tensors |= {f"{name}.rows": rows, f"{name}.pieces": flat, f"{name}.lengths": lengths, f"{name}.new": new}

target = Path(__file__).parent.parent / "fixtures" / "week03" / "extend.safetensors"
made_by = f"{Path(__file__).name}, torch {torch.__version__}"
save_file({key: value.contiguous() for key, value in tensors.items()}, target, metadata={"made_by": made_by})
print(f"{target.name}: {len(CASES)} cases, {target.stat().st_size} bytes, {made_by}")
