"""Golden values of multi-head attention, from `torch.nn.MultiheadAttention`.

Writes ../fixtures/week04/multi_head.safetensors: for each case `NAME.x`, `.memory` (only in cross-attention), `.count`
(u32, the number of heads), `.mask` (u8, 1 = may look, the opposite of PyTorch's; only where the case has one),
`.query`, `.key`, `.value`, `.output` (the weights, as (out, in)), `.query_bias` .. (only where the case has biases),
`.upstream` (the gradient that arrives at the result), and what PyTorch makes of them: `.result`, and `.grad_` with the
name of each of x, memory, the weights and the biases.

    pip install -r requirements.txt
    python week04_multi_head.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

torch.manual_seed(20260105)


def causal(queries: int, keys: int) -> torch.Tensor:
    return torch.ones(queries, keys).tril().bool()


holes = causal(4, 4)
holes[2] = False

# name: (B, Tq, Tk or None for self-attention, C, H, biases, mask with True = may look)
CASES = {
    "2 texts, 3 tokens, 2 heads of 4": (2, 3, None, 8, 2, False, None),
    "2 texts, 4 tokens, 3 heads of 2, biases": (2, 4, None, 6, 3, True, None),
    "one token": (2, 1, None, 8, 4, True, None),
    "one head": (1, 3, None, 6, 1, False, None),
    "as many heads as columns": (2, 3, None, 6, 6, True, None),
    "as many tokens as heads, causal": (2, 4, None, 12, 4, False, causal(4, 4)),
    "causal, biases": (1, 5, None, 8, 2, True, causal(5, 5)),
    "a text looks at another of the same length": (2, 3, 3, 8, 2, False, None),
    "a text looks at another of the same length, biases": (2, 4, 4, 6, 2, True, None),
    "a text looks at a longer one": (2, 2, 5, 8, 4, True, None),
    "one query looks at a text": (1, 1, 6, 6, 2, False, None),
    "padding in the memory": (
        2, 3, 4, 8, 2, True, torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool()[:, None, None],
    ),
    "a mask for each head": (2, 3, None, 8, 2, False, (torch.rand(2, 2, 3, 3) < 0.5) | torch.eye(3).bool()),
    "a query that may look nowhere": (1, 4, None, 8, 2, True, holes),
    "2 tokens, 2 heads of 2, biases": (1, 2, None, 4, 2, True, None),
}


def main() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, (b, queries, keys, c, heads, biases, mask) in CASES.items():
        # In float64, and rounded afterwards, so that nothing but our own rounding is measured.
        layer = torch.nn.MultiheadAttention(c, heads, bias=biases, batch_first=True, dtype=torch.float64)
        for parameter in layer.parameters():  # PyTorch starts its biases at 0, which would hide them
            torch.nn.init.normal_(parameter, std=0.4)
            parameter.data = parameter.data.float().double()
        x = torch.randn(b, queries, c).double().requires_grad_()
        memory = x if keys is None else torch.randn(b, keys, c).double().requires_grad_()
        blocked = None
        if mask is not None:
            shape = (b, heads, queries, memory.shape[1])
            blocked = ~mask.expand(shape).reshape(b * heads, *shape[2:])
        # need_weights=False takes scaled_dot_product_attention, which defines a row that is all blocked: zeros.
        result, _ = layer(x, memory, memory, attn_mask=blocked, need_weights=False)
        if mask is not None and mask.shape[-2] == 1:  # one row for all queries: PyTorch's other way to say it
            padding = ~mask[:, 0, 0]
            other, _ = layer(x, memory, memory, key_padding_mask=padding, need_weights=False)
            assert torch.allclose(result, other)
        # Small, since the gradient of the key bias is 0: what arrives there in float32 is rounding and nothing else.
        upstream = torch.randn(*result.shape) / 4
        result.backward(upstream.double())

        parts = {"x": x, "upstream": upstream, "result": result, "grad_x": x.grad}
        if keys is not None:
            parts |= {"memory": memory, "grad_memory": memory.grad}
        names = ("query", "key", "value")
        for n, weight, gradient in zip(names, layer.in_proj_weight.chunk(3), layer.in_proj_weight.grad.chunk(3)):
            parts |= {n: weight, f"grad_{n}": gradient}
        parts |= {"output": layer.out_proj.weight, "grad_output": layer.out_proj.weight.grad}
        if biases:
            for n, bias, gradient in zip(names, layer.in_proj_bias.chunk(3), layer.in_proj_bias.grad.chunk(3)):
                parts |= {f"{n}_bias": bias, f"grad_{n}_bias": gradient}
            parts |= {"output_bias": layer.out_proj.bias, "grad_output_bias": layer.out_proj.bias.grad}
        for part, tensor in parts.items():
            assert tensor.isfinite().all(), (name, part)
            tensors[f"{name}.{part}"] = tensor.detach().float().contiguous().clone()
        tensors[f"{name}.count"] = torch.tensor([heads], dtype=torch.uint32)
        if mask is not None:
            tensors[f"{name}.mask"] = mask.to(torch.uint8).contiguous()
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "multi_head.safetensors"
    save_file(tensors, target, metadata={"made_by": f"{Path(__file__).name}, torch {torch.__version__}"})
    print(f"{target.name}: {len(CASES)} cases, {len(tensors)} tensors, {target.stat().st_size} bytes, torch {torch.__version__}")


if __name__ == "__main__":
    main()
