"""Golden values of cutting the width into heads and of putting the heads together again, by PyTorch's `view` and
`transpose`.

Writes ../fixtures/week04/heads.safetensors: for each case `NAME.x` (B, T, C), `.count` (u32, the number of heads),
`.upstream` (the gradient that arrives at the heads of x), and what PyTorch makes of them: `.heads` (B, H, T, D) and
`.grad_x`; and the way back, of other numbers: `.parts` (B, H, T, D), `.upstream_merged`, `.merged` (B, T, C),
`.grad_parts`. Everything but the count is float32, and exact: numbers change their places and nothing else.

    pip install -r requirements.txt
    python week04_heads.py
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

torch.manual_seed(20260104)

# name: (B, T, C, H)
CASES = {
    "2 texts, 3 tokens, 2 heads of 4": (2, 3, 8, 2),
    "1 text, 5 tokens, 3 heads of 2": (1, 5, 6, 3),
    "4 heads of 3": (2, 5, 12, 4),
    "one token": (2, 1, 8, 4),
    "one head": (2, 4, 6, 1),
    "as many heads as columns": (2, 3, 5, 5),
    "as many tokens as heads": (2, 3, 12, 3),
    "heads as large as there are heads": (2, 5, 9, 3),
    "tokens, heads and head size all equal": (3, 2, 4, 2),
}


def main() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, (b, t, c, h) in CASES.items():
        x = torch.randn(b, t, c, requires_grad=True)
        heads = x.view(b, t, h, c // h).transpose(1, 2)
        upstream = torch.randn(b, h, t, c // h)
        heads.backward(upstream)

        parts = torch.randn(b, h, t, c // h, requires_grad=True)
        merged = parts.transpose(1, 2).contiguous().view(b, t, c)
        upstream_merged = torch.randn(b, t, c)
        merged.backward(upstream_merged)

        values = {
            "x": x, "upstream": upstream, "heads": heads, "grad_x": x.grad,
            "parts": parts, "upstream_merged": upstream_merged, "merged": merged, "grad_parts": parts.grad,
        }
        for part, tensor in values.items():
            tensors[f"{name}.{part}"] = tensor.detach().contiguous().clone()
        tensors[f"{name}.count"] = torch.tensor([h], dtype=torch.uint32)
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "heads.safetensors"
    save_file(tensors, target, metadata={"made_by": f"{Path(__file__).name}, torch {torch.__version__}"})
    print(f"{target.name}: {len(CASES)} cases, {target.stat().st_size} bytes, torch {torch.__version__}")


if __name__ == "__main__":
    main()
