"""Golden values of the masks, from PyTorch and transformers.

Writes ../fixtures/week04/masks.safetensors: for each case `NAME.sizes` (int64) and `NAME.mask` (u8, 1 = may look).

- `causal: ...`: sizes are queries and keys. The mask is where `scaled_dot_product_attention` with
  `torch.nn.attention.bias.causal_lower_right` puts weight; where there are as many queries as keys, also
  `torch.ones(..).tril()`.
- `window: ...`: sizes are queries, keys and window. The mask is `tril` and `triu` with their diagonals; the mask function
  of transformers says the same.
- `padding: ...`: sizes are the longest length, then the lengths. The mask is what `pad_sequence` makes of sequences of ones.

    pip install -r requirements.txt
    python week04_masks.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.attention.bias import causal_lower_right
from torch.nn.functional import scaled_dot_product_attention
from torch.nn.utils.rnn import pad_sequence
from transformers.masking_utils import sliding_window_causal_mask_function

CAUSAL = {
    "one query, one key": (1, 1),
    "4 queries, 4 keys": (4, 4),
    "2 queries, 5 keys": (2, 5),
    "one query, 6 keys": (1, 6),
    "3 queries, 4 keys": (3, 4),
    "9 queries, 9 keys": (9, 9),
    "5 queries, 11 keys": (5, 11),
}
WINDOW = {
    "window of 2 over 5 keys": (5, 5, 2),
    "window of 3 over 8 keys": (8, 8, 3),
    "window of 1": (4, 4, 1),
    "window of 1, one query, 3 keys": (1, 3, 1),
    "window as long as the text": (4, 4, 4),
    "window longer than the text": (3, 3, 10),
    "window of 3, 2 queries, 7 keys": (2, 7, 3),
    "window of 4, one query, 9 keys": (1, 9, 4),
    "window of 2, 4 queries, 6 keys": (4, 6, 2),
}
PADDING = {
    "two texts": (5, 3, 5),
    "three texts": (4, 1, 4, 2),
    "a batch of one": (6, 4),
    "a batch of one, nothing to fill": (3, 3),
    "an empty text": (3, 0, 2),
    "all texts shorter than the longest": (7, 2, 5, 1),
    "as many texts as tokens": (3, 2, 3, 1),
    "texts of one token": (1, 1, 1),
}


def causal(queries: int, keys: int) -> torch.Tensor:
    # All scores are 0 and the identity stands for the values, so the result is the weights.
    q, k, v = torch.zeros(queries, 8), torch.zeros(keys, 8), torch.eye(keys)
    q, k, v = (t[None, None] for t in (q, k, v))
    looks = scaled_dot_product_attention(q, k, v, attn_mask=causal_lower_right(queries, keys))[0, 0] > 0
    if queries == keys:
        assert torch.equal(looks, torch.ones(queries, keys).tril() > 0)
    return looks


def window(queries: int, keys: int, size: int) -> torch.Tensor:
    past = keys - queries
    looks = torch.ones(queries, keys).tril(past).triu(past - size + 1) > 0
    zero, i, j = torch.tensor(0), torch.arange(past, keys)[:, None], torch.arange(keys)[None, :]
    theirs = sliding_window_causal_mask_function(size)(zero, zero, i, j)
    assert torch.equal(looks, theirs), (queries, keys, size)
    return looks


def padding(longest: int, *lengths: int) -> torch.Tensor:
    # One text of the longest length sets the width, and goes again.
    rows = pad_sequence([torch.ones(n) for n in (*lengths, longest)], batch_first=True)[:-1]
    return rows[:, None, None, :] > 0


def main() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for kind, cases, make in [("causal", CAUSAL, causal), ("window", WINDOW, window), ("padding", PADDING, padding)]:
        for name, sizes in cases.items():
            tensors[f"{kind}: {name}.sizes"] = torch.tensor(sizes)
            tensors[f"{kind}: {name}.mask"] = make(*sizes).to(torch.uint8).contiguous()
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "masks.safetensors"
    save_file(tensors, target, metadata={"made_by": f"{Path(__file__).name}, torch {torch.__version__}"})
    print(f"{target.name}: {len(tensors) // 2} cases, {target.stat().st_size} bytes, torch {torch.__version__}")


if __name__ == "__main__":
    main()
