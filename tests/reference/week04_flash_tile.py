"""Golden values of flash attention, from PyTorch's `scaled_dot_product_attention`.

Writes ../fixtures/week04/flash_tile.safetensors, for the exercise: for each case `NAME.q`, `.k`, `.v`, `.mask` (u8, 1 = may
look; only where the case has one), `.upstream` (the gradient that arrives at the context), `.widths` (how many keys each
tile holds, u8), `.order` (in which order the tiles come, u8), and what PyTorch makes of all keys together: `.largest`,
`.total`, `.context`, `.grad_q`, `.grad_k`, `.grad_v`.

Writes ../fixtures/week04/flash.safetensors, for the lesson's loop over all tiles: the same without widths, order, largest
and total, with `.logsumexp` (.., Tq), and `.causal` (u8, 0 or 1) in place of the mask; the last query stands at the last key.

Everything else is float32.

    pip install -r requirements.txt
    python week04_flash_tile.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.functional import scaled_dot_product_attention

torch.set_num_threads(1)
torch.manual_seed(20260409)


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape)


def whole(low: int, high: int, *shape: int) -> torch.Tensor:
    """Whole numbers: with D = 4 or 16 their scores are exact in float32, however large. With whole values and a whole
    upstream, what cancels out in a gradient cancels out exactly."""
    return torch.randint(low, high, shape).float()


def causal(queries: int, keys: int) -> torch.Tensor:
    return torch.ones(queries, keys).tril(keys - queries).bool()


def blocked_first(queries: int, keys: int) -> torch.Tensor:
    """Each query may look at the last keys only: its first tiles are all blocked."""
    return torch.ones(queries, keys).triu(keys - queries).bool()


nowhere = causal(4, 6)
nowhere[1] = False

# name: (q, k, v, mask, widths, order)
TILES = {
    "one tile of one key": (normal(1, 4), normal(1, 4), normal(1, 4), None, [1], [0]),
    "one tile": (normal(3, 4), normal(5, 4), normal(5, 2), None, [5], [0]),
    "two tiles": (normal(2, 8), normal(6, 8), normal(6, 3), None, [3, 3], [0, 1]),
    "two tiles, the last first": (normal(2, 8), normal(6, 8), normal(6, 3), None, [3, 3], [1, 0]),
    "four tiles of different widths": (normal(2, 3, 4, 16), normal(2, 3, 9, 16), normal(2, 3, 9, 5), None, [1, 4, 2, 2], [0, 1, 2, 3]),
    "tiles of one key, in no order": (normal(3, 3, 4), normal(3, 5, 4), normal(3, 5, 4), None, [1] * 5, [3, 0, 4, 1, 2]),
    "causal, 3 tiles": (normal(2, 2, 6, 8), normal(2, 2, 6, 8), normal(2, 2, 6, 8), causal(6, 6), [2, 2, 2], [0, 1, 2]),
    "causal, more keys than queries": (normal(2, 3, 16), normal(2, 7, 16), normal(2, 7, 4), causal(3, 7), [3, 3, 1], [0, 1, 2]),
    "causal, the future first": (normal(2, 6, 8), normal(2, 6, 8), normal(2, 6, 8), causal(6, 6), [2, 2, 2], [2, 1, 0]),
    "the first tile all blocked": (normal(2, 3, 8), normal(2, 6, 8), normal(2, 6, 4), blocked_first(3, 6), [2, 2, 2], [0, 1, 2]),
    "the first two tiles all blocked": (normal(2, 4), normal(6, 4), normal(6, 4), blocked_first(2, 6), [1, 2, 3], [0, 1, 2]),
    "a query that may look nowhere": (normal(2, 4, 8), normal(2, 6, 8), normal(2, 6, 4), nowhere, [3, 3], [0, 1]),
    "one query, which may look nowhere": (normal(1, 4), normal(4, 4), normal(4, 2), torch.zeros(1, 4).bool(), [2, 2], [0, 1]),
    "a different mask for each text": (
        normal(2, 1, 3, 16),
        normal(2, 1, 4, 16),
        normal(2, 1, 4, 4),
        torch.tensor([[[[1, 1, 0, 0]]], [[[0, 0, 1, 1]]]]).bool(),  # broadcast over the queries
        [2, 2],
        [0, 1],
    ),
    "scores above 1000": (whole(-40, 40, 4, 16), whole(-40, 40, 6, 16), whole(-9, 9, 6, 3), None, [2, 2, 2], [0, 1, 2]),
    "scores above 1000, causal": (whole(-60, 60, 6, 16), whole(-60, 60, 6, 16), whole(-9, 9, 6, 3), causal(6, 6), [4, 2], [0, 1]),
    "scores below -1000": (whole(20, 40, 3, 4), -whole(40, 60, 5, 4), whole(-9, 9, 5, 4), None, [2, 3], [0, 1]),
}

# name: (q, k, v, causal)
LOOPS = {
    "one token, causal": (normal(1, 1, 1, 8), normal(1, 1, 1, 8), normal(1, 1, 1, 8), True),
    "no batch": (normal(5, 4), normal(5, 4), normal(5, 3), False),
    "2 texts, 3 heads, causal": (normal(2, 3, 10, 8), normal(2, 3, 10, 8), normal(2, 3, 10, 8), True),
    "2 texts, 3 heads": (normal(2, 3, 7, 8), normal(2, 3, 11, 8), normal(2, 3, 11, 5), False),
    "more keys than queries, causal": (normal(2, 4, 16), normal(2, 11, 16), normal(2, 11, 16), True),
    "one query, causal": (normal(2, 1, 16), normal(2, 9, 16), normal(2, 9, 16), True),
    "scores above 1000, causal": (whole(-60, 60, 6, 16), whole(-60, 60, 6, 16), whole(-9, 9, 6, 3), True),
}


def reference(q, k, v, mask):
    """In float64, rounded afterwards: context, gradients, upstream, and the scores with -inf where they are blocked."""
    q, k, v = (t.double().requires_grad_() for t in (q, k, v))
    context = scaled_dot_product_attention(q, k, v, attn_mask=mask)
    upstream = whole(-4, 4, *context.shape) if (v == v.round()).all() else normal(*context.shape)
    context.backward(upstream.double())
    scores = (q @ k.mT / q.shape[-1] ** 0.5).detach()
    if mask is not None:
        scores = scores.masked_fill(~mask, -float("inf"))
    parts = {
        "q": q, "k": k, "v": v, "upstream": upstream, "context": context,
        "grad_q": q.grad, "grad_k": k.grad, "grad_v": v.grad,
    }
    assert all(tensor.isfinite().all() for tensor in parts.values())
    return {part: tensor.detach() for part, tensor in parts.items()}, scores


def save(file: str, tensors: dict[str, torch.Tensor], cases: int) -> None:
    target = Path(__file__).parent.parent / "fixtures" / "week04" / file
    ready = {k: (t if t.dtype == torch.uint8 else t.float()).contiguous() for k, t in tensors.items()}
    save_file(ready, target, metadata={"made_by": f"{Path(__file__).name}, torch {torch.__version__}"})
    print(f"{file}: {cases} cases, {len(tensors)} tensors, {target.stat().st_size} bytes, torch {torch.__version__}")


def main() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, (q, k, v, mask, widths, order) in TILES.items():
        assert sum(widths) == k.shape[-2] and sorted(order) == list(range(len(widths))), name
        parts, scores = reference(q, k, v, mask)
        largest = scores.max(-1, keepdim=True).values
        parts["largest"] = largest
        # A query that may look nowhere has seen nothing: -inf and 0.
        parts["total"] = (torch.logsumexp(scores, -1, keepdim=True) - largest).exp().nan_to_num(0.0)
        parts["widths"] = torch.tensor(widths, dtype=torch.uint8)
        parts["order"] = torch.tensor(order, dtype=torch.uint8)
        if mask is not None:
            parts["mask"] = mask.to(torch.uint8)
        tensors |= {f"{name}.{part}": tensor for part, tensor in parts.items()}
    save("flash_tile.safetensors", tensors, len(TILES))

    tensors = {}
    for name, (q, k, v, is_causal) in LOOPS.items():
        parts, scores = reference(q, k, v, causal(q.shape[-2], k.shape[-2]) if is_causal else None)
        parts["logsumexp"] = torch.logsumexp(scores, -1)
        parts["causal"] = torch.tensor([is_causal], dtype=torch.uint8)
        tensors |= {f"{name}.{part}": tensor for part, tensor in parts.items()}
    save("flash.safetensors", tensors, len(LOOPS))


if __name__ == "__main__":
    main()
