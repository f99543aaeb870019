"""Golden values of scaled dot-product attention, from PyTorch's `scaled_dot_product_attention`.

Writes ../fixtures/week04/scaled_dot_product.safetensors: for each case `NAME.q`, `.k`, `.v`, `.mask` (u8, 1 = may look;
only where the case has one), `.upstream` (the gradient that arrives at the context), and what PyTorch makes of them:
`.weights`, `.context`, `.grad_q`, `.grad_k`, `.grad_v`. Everything else is float32.

    pip install -r requirements.txt
    python week04_scaled_dot_product.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.functional import scaled_dot_product_attention

torch.manual_seed(20260101)


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape)


def whole(low: int, high: int, *shape: int) -> torch.Tensor:
    """Whole numbers: with D = 4 or 16 their scores are exact in float32, however large."""
    return torch.randint(low, high, shape).float()


def causal(queries: int, keys: int) -> torch.Tensor:
    return torch.ones(queries, keys).tril().bool()


holes = causal(4, 4)
holes[2] = False

# name: (q, k, v, mask)
CASES = {
    "one head, 3 tokens": (normal(3, 4), normal(3, 4), normal(3, 4), None),
    "one token": (normal(1, 1, 1, 8), normal(1, 1, 1, 8), normal(1, 1, 1, 8), None),
    "2 texts, 3 heads, causal": (normal(2, 3, 5, 8), normal(2, 3, 5, 8), normal(2, 3, 5, 8), causal(5, 5)),
    "2 queries, 5 keys, values wider than keys": (normal(3, 2, 4), normal(3, 5, 4), normal(3, 5, 12), None),
    "4 queries, 7 keys, narrower values": (normal(2, 2, 4, 16), normal(2, 2, 7, 16), normal(2, 2, 7, 5), None),
    "as many tokens as dimensions": (normal(6, 6), normal(6, 6), normal(6, 6), None),
    "as many tokens as dimensions, causal": (normal(2, 8, 8), normal(2, 8, 8), normal(2, 8, 8), causal(8, 8)),
    "a query that may look nowhere": (normal(1, 2, 4, 8), normal(1, 2, 4, 8), normal(1, 2, 4, 8), holes),
    "three queries, two of which may look nowhere": (
        normal(3, 16),
        normal(5, 16),
        normal(5, 2),
        torch.tensor([[0, 0, 0, 0, 0], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]]).bool(),
    ),
    "a different mask for each text": (
        normal(2, 1, 3, 32),
        normal(2, 1, 4, 32),
        normal(2, 1, 4, 8),
        torch.tensor([[[[1, 1, 0, 0]]], [[[1, 1, 1, 1]]]]).bool(),  # broadcast over the queries
    ),
    "scores above 1000": (whole(-40, 40, 4, 16), whole(-40, 40, 6, 16), normal(6, 3), None),
    "scores above 1000, causal": (whole(-60, 60, 6, 16), whole(-60, 60, 6, 16), normal(6, 3), causal(6, 6)),
    "scores above 1000, some keys blocked": (
        whole(20, 40, 2, 3, 16),
        whole(-40, 60, 2, 5, 16),
        normal(2, 5, 4),
        torch.tensor([[[1, 0, 0, 1, 0]], [[0, 0, 1, 0, 1]]]).bool(),
    ),
    "scores below -1000": (whole(20, 40, 3, 4), -whole(40, 60, 5, 4), normal(5, 4), None),
}


def main() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, (q, k, v, mask) in CASES.items():
        # In float64, and rounded afterwards: PyTorch's own float32 leaves 1e-6 where a gradient is exactly 0.
        q, k, v = (t.double().requires_grad_() for t in (q, k, v))
        context = scaled_dot_product_attention(q, k, v, attn_mask=mask)
        upstream = normal(*context.shape)
        context.backward(upstream.double())
        # With the identity for values, the context is the weights.
        identity = torch.eye(k.shape[-2], dtype=torch.float64).expand(*k.shape[:-2], -1, -1)
        weights = scaled_dot_product_attention(q, k, identity, attn_mask=mask)
        parts = {
            "q": q, "k": k, "v": v, "upstream": upstream, "weights": weights, "context": context,
            "grad_q": q.grad, "grad_k": k.grad, "grad_v": v.grad,
        }
        for part, tensor in parts.items():
            assert tensor.isfinite().all(), (name, part)
            tensors[f"{name}.{part}"] = tensor.detach().float().contiguous()
        if mask is not None:
            tensors[f"{name}.mask"] = mask.to(torch.uint8).contiguous()
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "scaled_dot_product.safetensors"
    save_file(tensors, target, metadata={"made_by": f"{Path(__file__).name}, torch {torch.__version__}"})
    print(f"{target.name}: {len(CASES)} cases, {target.stat().st_size} bytes, torch {torch.__version__}")


if __name__ == "__main__":
    main()
