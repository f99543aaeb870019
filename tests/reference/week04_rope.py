"""Golden values of rotary positions, from the two formulations that models are trained with.

Writes ../fixtures/week04/rope.safetensors: for each case `NAME.x` and `.upstream` (the gradient that arrives at the
result), `.setting` (float64: start, base, and 1 for the half-split layout or 0 for the interleaved one), and what comes
out: `.cos` and `.sin` of the angles, `.turned`, `.grad_x`. Everything else is float32, rounded from float64.

Half-split: `apply_rotary_pos_emb` of transformers' Llama. Interleaved: each pair as a complex number, multiplied by a
complex number of length 1, as in Meta's own Llama. transformers computes its angles in float32, too coarsely for far
positions, so both get them in float64 from here; that they are the same angles is asserted against its
`LlamaRotaryEmbedding`, and the interleaved result against transformers' GPT-J.

    pip install -r requirements.txt
    python week04_rope.py
"""

from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import LlamaConfig
from transformers.models.gptj import modeling_gptj as gptj
from transformers.models.llama import modeling_llama as llama

torch.set_num_threads(1)
torch.manual_seed(20260105)

# name: (shape, start, base)
CASES = {
    "one pair, one token at position 3": ((1, 2), 3, 10000.0),
    "one head, 4 tokens": ((4, 8), 0, 10000.0),
    "2 texts, 3 heads": ((2, 3, 5, 8), 0, 10000.0),
    "2 heads, from position 7": ((2, 4, 6), 7, 10000.0),
    "base 500000": ((3, 5, 16), 0, 500000.0),
    "base 500000, from position 11": ((2, 2, 3, 12), 11, 500000.0),
    "around position 4000": ((2, 3, 64), 3999, 10000.0),
    "around position 4000, base 500000": ((4, 64), 4000, 500000.0),
    "4 tokens, from position 100000": ((4, 12), 100_000, 10000.0),
}


def angles(start: int, t: int, d: int, base: float) -> torch.Tensor:
    """In float64: (T, D / 2)."""
    frequencies = base ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    return torch.outer(torch.arange(start, start + t, dtype=torch.float64), frequencies)


def assert_llama_has_these(angle: torch.Tensor, start: int, t: int, d: int, base: float) -> None:
    config = LlamaConfig(head_dim=d, rope_parameters={"rope_type": "default", "rope_theta": base})
    positions = torch.arange(start, start + t)[None]
    cos, sin = llama.LlamaRotaryEmbedding(config)(torch.zeros(1, dtype=torch.float64), positions)
    # A float32 angle is off by a few parts in 10 million of itself.
    near = 1e-6 + 4e-7 * (start + t)
    for theirs, ours in ((cos[0, :, : d // 2], angle.cos()), (sin[0, :, : d // 2], angle.sin())):
        torch.testing.assert_close(theirs, ours, rtol=0, atol=near)


def half_split(x: torch.Tensor, angle: torch.Tensor) -> torch.Tensor:
    twice = torch.cat((angle, angle), dim=-1)[None]  # (1, T, D): the cosine of each element
    by_head = x.reshape(1, -1, *x.shape[-2:])  # (1, H, T, D)
    turned, _ = llama.apply_rotary_pos_emb(by_head, by_head, twice.cos(), twice.sin())
    return turned.reshape(x.shape)


def interleaved(x: torch.Tensor, angle: torch.Tensor) -> torch.Tensor:
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))  # (.., T, D / 2)
    turned = torch.view_as_real(pairs * torch.polar(torch.ones_like(angle), angle)).reshape(x.shape)
    by_token = x.reshape(1, -1, *x.shape[-2:]).transpose(1, 2)  # (1, T, H, D), as GPT-J has it
    same = gptj.apply_rotary_pos_emb(by_token, angle.sin()[None], angle.cos()[None]).transpose(1, 2)
    torch.testing.assert_close(turned, same.reshape(x.shape), rtol=0, atol=1e-12)
    return turned


def main() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for case, (shape, start, base) in CASES.items():
        t, d = shape[-2:]
        angle = angles(start, t, d, base)
        assert_llama_has_these(angle, start, t, d, base)
        for layout, turn in (("interleaved", interleaved), ("half-split", half_split)):
            # Rounded to float32 before the computation, so that both sides start from the same numbers.
            x = torch.randn(*shape).double().requires_grad_()
            upstream = torch.randn(*shape)
            turned = turn(x, angle)
            turned.backward(upstream.double())
            parts = {
                "x": x, "upstream": upstream, "cos": angle.cos(), "sin": angle.sin(), "turned": turned, "grad_x": x.grad,
            }
            name = f"{case}, {layout}"
            for part, tensor in parts.items():
                assert tensor.isfinite().all(), (name, part)
                tensors[f"{name}.{part}"] = tensor.detach().float().contiguous()
            setting = [start, base, float(layout == "half-split")]
            tensors[f"{name}.setting"] = torch.tensor(setting, dtype=torch.float64)
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "rope.safetensors"
    made_by = f"{Path(__file__).name}, torch {torch.__version__}, transformers {transformers.__version__}"
    save_file(tensors, target, metadata={"made_by": made_by})
    print(f"{target.name}: {2 * len(CASES)} cases, {len(tensors)} tensors, {target.stat().st_size} bytes, {made_by}")


if __name__ == "__main__":
    main()
