"""Golden values of grouped-query attention, from PyTorch's `scaled_dot_product_attention` and transformers' `repeat_kv`.

Writes ../fixtures/week04/grouped_query.safetensors: for each case `NAME.q`, `.k`, `.v`, `.mask` (u8, 1 = may look; only
where the case has one), `.upstream` (the gradient that arrives at the context), and what the references make of them:
`.shared` (the keys, each head once for every query head that reads it), `.context`, `.grad_q`, `.grad_k`, `.grad_v`.
Everything else is float32.

    pip install -r requirements.txt
    python week04_grouped_query.py
"""

from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from torch.nn.functional import scaled_dot_product_attention
from transformers.models.llama.modeling_llama import repeat_kv

torch.set_num_threads(1)
torch.manual_seed(20260106)


def causal(queries: int, keys: int) -> torch.Tensor:
    """The queries are the last of the keys' positions."""
    return torch.ones(queries, keys).tril(keys - queries).bool()


# name: (B, H, Hk, Tq, Tk, D, Dv, mask)
CASES = {
    "4 heads, none shared": (1, 4, 4, 3, 3, 4, 4, None),
    "4 heads share one": (1, 4, 1, 3, 3, 4, 4, causal(3, 3)),
    "one head": (1, 1, 1, 2, 2, 4, 4, None),
    "one token, 4 heads share 2": (1, 4, 2, 1, 1, 4, 4, None),
    "6 heads in groups of 2, causal": (2, 6, 3, 5, 5, 8, 8, causal(5, 5)),
    "6 heads in groups of 3, causal": (2, 6, 2, 5, 5, 8, 8, causal(5, 5)),
    "8 heads share 4, one query and 6 keys": (1, 8, 4, 1, 6, 8, 8, causal(1, 6)),
    "4 heads share 2, 3 queries and 7 keys, narrower values": (2, 4, 2, 3, 7, 8, 5, causal(3, 7)),
    "9 heads share 3, values wider than keys, no mask": (1, 9, 3, 4, 4, 4, 12, None),
}


def main() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, (b, heads, kv_heads, tq, tk, d, dv, mask) in CASES.items():
        shapes = [(b, heads, tq, d), (b, kv_heads, tk, d), (b, kv_heads, tk, dv)]
        drawn = [torch.randn(*shape) for shape in shapes]
        upstream = torch.randn(b, heads, tq, dv)

        def run(share):
            """In float64, and rounded afterwards."""
            q, k, v = (t.double().requires_grad_() for t in drawn)
            context = share(q, k, v)
            context.backward(upstream.double())
            return context, q.grad, k.grad, v.grad

        group = heads // kv_heads
        torch_says = run(lambda q, k, v: scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True))
        transformers_says = run(
            lambda q, k, v: scaled_dot_product_attention(q, repeat_kv(k, group), repeat_kv(v, group), attn_mask=mask)
        )
        for one, other in zip(torch_says, transformers_says):
            assert torch.allclose(one, other, rtol=1e-12, atol=1e-14), name  # the two references agree
        context, grad_q, grad_k, grad_v = torch_says
        q, k, v = drawn
        parts = {
            "q": q, "k": k, "v": v, "upstream": upstream, "shared": repeat_kv(k, group), "context": context,
            "grad_q": grad_q, "grad_k": grad_k, "grad_v": grad_v,
        }
        for part, tensor in parts.items():
            assert tensor.isfinite().all(), (name, part)
            tensors[f"{name}.{part}"] = tensor.detach().float().contiguous().clone()
        if mask is not None:
            tensors[f"{name}.mask"] = mask.to(torch.uint8).contiguous()
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "grouped_query.safetensors"
    made_by = f"{Path(__file__).name}, torch {torch.__version__}, transformers {transformers.__version__}"
    save_file(tensors, target, metadata={"made_by": made_by})
    print(f"{target.name}: {len(CASES)} cases, {len(tensors)} tensors, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
