"""Golden sizes of caches: the bytes of the tensors that transformers really keeps.

Writes ../fixtures/week04/cache_size.safetensors: for each case `NAME.sizes`, int64, in the order layers, key and value
heads, head size, latent, rotary, tokens, bytes of one number; and what tiny random models hold in their `DynamicCache`
after they have read so many tokens: `NAME.heads` (a Llama) and `NAME.latents` (a DeepSeek-V3, which keeps the latents and
the rotary keys, not the keys and values made from them), in bytes.

    pip install -r requirements.txt
    python week04_cache_size.py            # the golden values
    python week04_cache_size.py models     # the sizes of published models, for lessons/week04-attention/src/models.rs
"""

import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    AutoModelForCausalLM,
    DeepseekV2Config,
    DeepseekV3Config,
    DynamicCache,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
)

torch.set_num_threads(1)
torch.manual_seed(20260106)

# name: (layers, kv_heads, head size, latent, rotary, tokens, type)
CASES = {
    "one layer, one head, one token, f32": (1, 1, 4, 6, 2, 1, torch.float32),
    "two layers, f32": (2, 2, 4, 6, 2, 3, torch.float32),
    "three layers, bf16": (3, 1, 8, 16, 4, 5, torch.bfloat16),
    "two layers, f64": (2, 4, 6, 10, 6, 7, torch.float64),
    "five layers, bf16, 40 tokens": (5, 3, 16, 24, 8, 40, torch.bfloat16),
}


def kept(config, tokens: int, dtype: torch.dtype) -> int:
    """The bytes of all tensors in the cache, after the model has read so many tokens."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).to(dtype).eval()
    cache = DynamicCache()
    with torch.no_grad():
        model(torch.zeros(1, tokens, dtype=torch.long), past_key_values=cache, use_cache=True)
    assert len(cache.layers) == config.num_hidden_layers
    # A view would count as much as what it shows: what is kept must be as large as its own storage.
    for layer in cache.layers:
        for kept in (layer.keys, layer.values):
            assert kept.is_contiguous() and kept.nbytes == kept.untyped_storage().nbytes(), kept.shape
    return sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)


def golden() -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, (layers, kv_heads, head_size, latent, rotary, tokens, dtype) in CASES.items():
        # Neither the width nor the number of query heads has a part in it.
        common = dict(vocab_size=32, hidden_size=8 * kv_heads, intermediate_size=16, num_hidden_layers=layers)
        llama = LlamaConfig(
            **common, num_attention_heads=2 * kv_heads, num_key_value_heads=kv_heads, head_dim=head_size
        )
        deepseek = DeepseekV3Config(
            **common, num_attention_heads=4, num_key_value_heads=4, kv_lora_rank=latent, qk_rope_head_dim=rotary,
            q_lora_rank=None, qk_nope_head_dim=head_size, v_head_dim=head_size,
            first_k_dense_replace=layers,  # no mixture of experts
        )
        number = torch.tensor([], dtype=dtype).element_size()
        sizes = [layers, kv_heads, head_size, latent, rotary, tokens, number]
        tensors[f"{name}.sizes"] = torch.tensor(sizes)
        tensors[f"{name}.heads"] = torch.tensor(kept(llama, tokens, dtype))
        tensors[f"{name}.latents"] = torch.tensor(kept(deepseek, tokens, dtype))
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "cache_size.safetensors"
    made_by = f"{Path(__file__).name}, torch {torch.__version__}, transformers {transformers.__version__}"
    save_file(tensors, target, metadata={"made_by": made_by})
    print(f"{target.name}: {len(CASES)} cases, {len(tensors)} tensors, {target.stat().st_size} bytes, {made_by}")


def models() -> None:
    """Counts the parameters of the published configurations; the count is what their names promise."""
    def llama(width, hidden, layers, heads, kv_heads, vocab=32000, tied=False):
        return LlamaConfig(
            hidden_size=width, intermediate_size=hidden, num_hidden_layers=layers, num_attention_heads=heads,
            num_key_value_heads=kv_heads, vocab_size=vocab, tie_word_embeddings=tied,
        )

    deepseek = dict(num_attention_heads=128, num_key_value_heads=128, kv_lora_rank=512, q_lora_rank=1536)
    published = {
        "stories260K": llama(64, 172, 5, 8, 4, 512, tied=True),
        "GPT-2 small": GPT2Config(),
        "SmolLM2-135M": llama(576, 1536, 30, 9, 3, 49152, tied=True),
        "Llama 2 7B": llama(4096, 11008, 32, 32, 32),
        "Llama 2 70B": llama(8192, 28672, 80, 64, 8),
        "Mistral 7B": MistralConfig(),
        "Llama 3.1 8B": llama(4096, 14336, 32, 32, 8, 128256),
        "DeepSeek-V2": DeepseekV2Config(
            **deepseek, hidden_size=5120, intermediate_size=12288, num_hidden_layers=60, n_routed_experts=160,
            n_shared_experts=2, num_experts_per_tok=6, moe_intermediate_size=1536, first_k_dense_replace=1,
        ),
        "DeepSeek-V3": DeepseekV3Config(),
    }
    for name, config in published.items():
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
        print(f"{name:12} {sum(p.numel() for p in model.parameters()):>16,}")


if __name__ == "__main__":
    models() if sys.argv[1:] == ["models"] else golden()
