"""Golden values of latent attention, from transformers' `DeepseekV2Attention` and `DeepseekV3Attention`.

Writes two files of ../fixtures/week04.

latent.safetensors, what happens inside such a module between its projections, by hooks: for each case `NAME.q`,
`.q_rotary` (rotated), `.latent` (after its norm), `.k_rotary` (rotated), `.up_key`, `.up_value`, `.mask` (u8, 1 = may
look; only where the case has one), `.upstream` (the gradient that arrives at the context), `.context` (what goes into the
output matrix, by heads), and the gradients `.grad_q`, `.grad_q_rotary`, `.grad_latent`, `.grad_k_rotary`, `.grad_up_key`,
`.grad_up_value`.

latent_layer.safetensors, the module as a whole: for each case `NAME.config` (int64: width, heads, head size, rotary, value
size, latent, query latent or 0, base of the rotation), `.x`, the weights under the names of the checkpoint (`.q_proj`,
..), `.upstream`, `.y`, and `.grad_x` and `.grad_q_proj`, .. .

Everything else is float32.

    pip install -r requirements.txt
    python week04_latent.py
"""

from contextlib import contextmanager
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import DeepseekV2Config, DeepseekV3Config, DynamicCache
from transformers.models.deepseek_v2 import modeling_deepseek_v2 as v2
from transformers.models.deepseek_v3 import modeling_deepseek_v3 as v3

torch.set_num_threads(1)
torch.manual_seed(20260107)

MADE_BY = f"{Path(__file__).name}, torch {torch.__version__}, transformers {transformers.__version__}"

# name: (version, B, past, T, causal, sizes); `past` tokens are read before and come from the cache.
INSIDE = {
    "one token, one head": (3, 1, 0, 1, True, dict(heads=1, d=4, dr=2, dv=4, latent=6)),
    "2 heads, causal": (3, 1, 0, 4, True, dict(heads=2, d=4, dr=2, dv=4, latent=6)),
    "3 heads, values of another size": (3, 2, 0, 5, True, dict(heads=3, d=8, dr=4, dv=6, latent=12)),
    "as in version 2": (2, 2, 0, 4, True, dict(heads=2, d=8, dr=4, dv=8, latent=16)),
    "one query and 6 tokens in the cache": (3, 1, 6, 1, True, dict(heads=4, d=8, dr=4, dv=8, latent=12)),
    "3 queries and 4 tokens in the cache": (2, 2, 4, 3, True, dict(heads=3, d=6, dr=2, dv=4, latent=8)),
    "all sizes the same, no mask": (3, 1, 0, 4, False, dict(heads=4, d=4, dr=4, dv=4, latent=4)),
    "all sizes the same, causal": (3, 2, 0, 6, True, dict(heads=3, d=6, dr=6, dv=6, latent=6)),
    "a rotary part larger than the rest": (3, 1, 0, 5, True, dict(heads=2, d=2, dr=16, dv=4, latent=8)),
}

# name: (version, B, T, query latent, sizes)
WHOLE = {
    "version 3": (3, 2, 5, 10, dict(heads=3, d=8, dr=4, dv=6, latent=12)),
    "version 3, queries without a latent": (3, 1, 4, None, dict(heads=2, d=4, dr=2, dv=4, latent=6)),
    "version 2": (2, 1, 6, 8, dict(heads=2, d=8, dr=8, dv=8, latent=16)),
    "version 2, queries without a latent": (2, 2, 3, None, dict(heads=4, d=4, dr=4, dv=6, latent=8)),
}
BASE = 10_000


@contextmanager
def float64():
    """The modules turn to float32 for norms, rotations and softmax, whatever they are given: let it mean float64."""
    names = ("float32", "float", "get_default_dtype")
    before = {name: getattr(torch, name) for name in names}
    to_float = torch.Tensor.float
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(torch, name, value)
        torch.Tensor.float = to_float


def module(version: int, query_latent: int | None, heads: int, d: int, dr: int, dv: int, latent: int):
    width = 4 * heads
    kind = DeepseekV2Config if version == 2 else DeepseekV3Config
    config = kind(
        hidden_size=width, num_attention_heads=heads, num_key_value_heads=heads, kv_lora_rank=latent,
        q_lora_rank=query_latent, qk_rope_head_dim=dr, qk_nope_head_dim=d, v_head_dim=dv, max_position_embeddings=64,
        num_hidden_layers=1, attention_dropout=0.0, attn_implementation="eager",
        rope_parameters={"rope_type": "default", "rope_theta": float(BASE)},
    )
    attention = (v2.DeepseekV2Attention if version == 2 else v3.DeepseekV3Attention)(config, layer_idx=0)
    rotation = (v2.DeepseekV2RotaryEmbedding if version == 2 else v3.DeepseekV3RotaryEmbedding)(config)
    for name, weight in attention.named_parameters():
        # Drawn in float32, so that what stands in the file is what was used; and of a spread that keeps the gradients near
        # 1, so that float32 can give each of their elements.
        norm = name.endswith("layernorm.weight")
        drawn = 1 + 0.3 * torch.randn(weight.shape) if norm else torch.randn(weight.shape) * weight.shape[1] ** -0.5
        weight.data = drawn.double()
    return attention.double(), rotation, width


def causal(queries: int, keys: int) -> torch.Tensor:
    return torch.ones(queries, keys).tril(keys - queries).bool()


def additive(mask: torch.Tensor) -> torch.Tensor:
    return torch.zeros(mask.shape, dtype=torch.float64).masked_fill(~mask, float("-inf"))[None, None]


def run(attention, rotation, x, start, mask, cache=None):
    """The module on `x`, whose first token stands at position `start`."""
    with float64():
        angles = rotation(x, torch.arange(start, start + x.shape[1])[None])
        return attention(
            hidden_states=x, position_embeddings=angles, attention_mask=None if mask is None else additive(mask),
            past_key_values=cache,
        )[0]


def inside(version, b, past, t, is_causal, sizes) -> dict[str, torch.Tensor]:
    attention, rotation, width = module(version, None, **sizes)
    heads, d, dv = sizes["heads"], sizes["d"], sizes["dv"]
    modeling = v2 if version == 2 else v3
    seen: dict[str, torch.Tensor] = {}

    def keep(name, tensor):
        tensor.retain_grad()
        seen[name] = tensor

    attention.kv_b_proj.register_forward_pre_hook(lambda _, inputs: keep("latent", inputs[0]))
    attention.o_proj.register_forward_pre_hook(lambda _, inputs: keep("joined", inputs[0]))
    eager = modeling.eager_attention_forward

    def spy(module, query, key, value, *rest, **options):
        keep("query", query)
        keep("key", key)
        return eager(module, query, key, value, *rest, **options)

    cache = DynamicCache()
    if past:
        run(attention, rotation, torch.randn(b, past, width).double(), 0, causal(past, past), cache)
    for layer in cache.layers:
        layer.keys, layer.values = layer.keys.detach(), layer.values.detach()
    attention.zero_grad()
    mask = causal(t, past + t) if is_causal else None
    modeling.eager_attention_forward = spy
    run(attention, rotation, torch.randn(b, t, width).double(), past, mask, cache)
    modeling.eager_attention_forward = eager

    context = seen["joined"].unflatten(-1, (heads, dv)).transpose(1, 2)
    upstream = 0.5 * torch.randn(context.shape)
    context.backward(upstream.double())
    up = attention.kv_b_proj.weight.unflatten(0, (heads, d + dv))  # the keys and the values of each head side by side
    grad_up = attention.kv_b_proj.weight.grad.unflatten(0, (heads, d + dv))
    query, key, latent = seen["query"], seen["key"], seen["latent"]
    # One rotary key stands in all heads: it is the same in each, and gets the gradients of all.
    assert (key[:, :, :, d:] == key[:, :1, :, d:]).all()
    parts = {
        "q": query[..., :d], "q_rotary": query[..., d:], "latent": latent.squeeze(1), "k_rotary": key[:, 0, :, d:],
        "up_key": up[:, :d], "up_value": up[:, d:], "upstream": upstream, "context": context,
        "grad_q": query.grad[..., :d], "grad_q_rotary": query.grad[..., d:], "grad_latent": latent.grad.squeeze(1),
        "grad_k_rotary": key.grad[..., d:].sum(1), "grad_up_key": grad_up[:, :d], "grad_up_value": grad_up[:, d:],
    }
    if mask is not None:
        parts["mask"] = mask.to(torch.uint8)
    return parts


def whole(version, b, t, query_latent, sizes) -> dict[str, torch.Tensor]:
    attention, rotation, width = module(version, query_latent, **sizes)
    drawn = torch.randn(b, t, width)
    x = drawn.double().requires_grad_()
    y = run(attention, rotation, x, 0, causal(t, t))
    upstream = torch.randn(y.shape)
    y.backward(upstream.double())
    config = [width, sizes["heads"], sizes["d"], sizes["dr"], sizes["dv"], sizes["latent"], query_latent or 0, BASE]
    parts = {"config": torch.tensor(config), "x": x, "upstream": upstream, "y": y, "grad_x": x.grad}
    for name, weight in attention.named_parameters():
        parts[name.removesuffix(".weight")] = weight
        parts[f"grad_{name.removesuffix('.weight')}"] = weight.grad
    return parts


def save(file: str, cases: dict[str, dict[str, torch.Tensor]]) -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, parts in cases.items():
        for part, tensor in parts.items():
            if tensor.is_floating_point():
                assert tensor.isfinite().all(), (name, part)
                tensor = tensor.detach().to(torch.float32)
            tensors[f"{name}.{part}"] = tensor.contiguous().clone()
    target = Path(__file__).parent.parent / "fixtures" / "week04" / file
    save_file(tensors, target, metadata={"made_by": MADE_BY})
    print(f"{file}: {len(cases)} cases, {len(tensors)} tensors, {target.stat().st_size} bytes, {MADE_BY}")


def main() -> None:
    save("latent.safetensors", {name: inside(*case) for name, case in INSIDE.items()})
    save("latent_layer.safetensors", {name: whole(*case) for name, case in WHOLE.items()})


if __name__ == "__main__":
    main()
