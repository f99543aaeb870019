"""Rows of attention for the grid of the page, from PyTorch's `scaled_dot_product_attention` in float64.

Writes ../fixtures/week04/grid.txt: for each case a line `case NAME`, then lines of a name and numbers: the `query`, a `key` and
a `value` for each of 4 words, `looks` (1 = the query may look at that word), and what comes of them: the `products`, the
`scores` (-inf where it may not look), `exps`, `sum`, `weights`, and the `context`.

    pip install -r requirements.txt
    python week04_grid.py
"""

from pathlib import Path

import torch
from torch.nn.functional import scaled_dot_product_attention

torch.manual_seed(20260104)
torch.set_default_dtype(torch.float64)

WORDS, D, DV = 4, 4, 2


def drawn(size: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Numbers with two decimals, as a reader types them."""
    return tuple((torch.randn(*shape) * size).clamp(-10, 10).mul(100).round().div(100)
                 for shape in ((D,), (WORDS, D), (WORDS, DV)))


verb = (
    torch.tensor([1.0, 1, 3, 0]),
    torch.tensor([[0.0, 0, 0, -1], [1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]]),
    torch.tensor([[0.0, 0], [10, 0], [6, 8], [0, 2]]),
)
largest = (torch.full((D,), 10.0), torch.full((WORDS, D), 10.0), verb[2])
largest[1][0] = -10.0
ALL = [1, 1, 1, 1]

# name: (query, keys, values), who may be looked at
CASES = {
    "the verb": (verb, ALL),
    "the fish is blocked": (verb, [1, 1, 0, 1]),
    "one is left": (verb, [0, 1, 0, 0]),
    "all are blocked": (verb, [0, 0, 0, 0]),
    "drawn": (drawn(1.0), ALL),
    "drawn again": (drawn(1.0), ALL),
    "drawn, large": (drawn(4.0), ALL),
    "drawn, blocked": (drawn(1.0), [0, 1, 1, 0]),
    "the largest": (largest, ALL),
}

out = ""
for name, ((query, keys, values), looks) in CASES.items():
    mask = torch.tensor(looks).bool()
    products = keys @ query
    scores = (products / D**0.5).masked_fill(~mask, -torch.inf)
    exps = scores.exp()
    weights = scaled_dot_product_attention(query[None, None], keys[None], torch.eye(WORDS)[None], mask[None, None])[0, 0]
    context = scaled_dot_product_attention(query[None, None], keys[None], values[None], mask[None, None])[0, 0]
    parts = [("query", query), *(("key", key) for key in keys), *(("value", value) for value in values),
             ("looks", mask.long()), ("products", products), ("scores", scores), ("exps", exps), ("sum", exps.sum()[None]),
             ("weights", weights), ("context", context)]
    out += f"case {name}\n"
    out += "".join(f"{part} {' '.join(repr(x) for x in numbers.tolist())}\n" for part, numbers in parts)

(Path(__file__).parent / "../fixtures/week04/grid.txt").write_text(out)
