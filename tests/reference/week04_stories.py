"""Golden values of stories260K: transformers' `LlamaForCausalLM` on the weights of llama2.c's file, and tokenizers' BPE.

Writes ../fixtures/week04/stories.safetensors. It holds outputs only, never a weight:

- `story.NAME.prompt`, `story.NAME.told`: the ids of a beginning, and the ids that follow greedily, 256 at most. Token 1,
  which ends a story, is the last one where the story ends;
- `sentence.ids`, `sentence.positions`, `sentence.logits`: the logits `(4, V)` at some positions of a sentence;
- `sentence.weights.LAYER`: the attention weights `(H, T, T)` of a layer on that sentence;
- `text.NAME`: the ids of the texts in TEXTS. The test has the same texts.

The model runs in float64; transformers itself takes the softmax, the norms and the angles in float32. Results are rounded
to float32. Needs stories260K.bin and tok512.bin (`cargo workshop data get stories260K tok512`) in the folder models/ of
WORKSHOP_CACHE.

    pip install -r requirements.txt
    WORKSHOP_CACHE=... python week04_stories.py
"""

import os
import struct
from pathlib import Path

import numpy as np
import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import LlamaConfig, LlamaForCausalLM

torch.set_num_threads(1)

MODELS = Path(os.environ["WORKSHOP_CACHE"]) / "models"
STORIES = {
    "start": "",
    "once": "Once upon a time",
    "lily": "Lily had a red ball. She loved the ball.",
    "mat": "The cat sat on the mat.",  # this one ends before 256 tokens
}
SENTENCE = "Lily had a cat. The cat was happy. The cat saw"
POSITIONS = [0, 1, 8, -1]
TEXTS = {
    "english": "Once upon a time, there was a little girl named Lily.",
    "one": "a",
    "spaces": "two  spaces   and\ta tab",
    "lines": "one line\nand another",
    "korean": "작은 고양이가 물고기를 먹었다",
    "emoji": "The cat 🐱 said: héllo 👩‍🚀!",
    "numbers": "3.14 + 10 = 13.14; “quotes” — and… signs <s> </s> <0x41>",
    "repeated": "aaaaaaaaaa hahahaha the the thethe",
}


def read_model(path: Path) -> LlamaForCausalLM:
    raw = path.read_bytes()
    dim, hidden, layers, heads, kv_heads, vocab, context = struct.unpack("<7i", raw[:28])
    floats = np.frombuffer(raw, dtype="<f4", offset=28)
    head, at = dim // heads, 0

    def take(*shape: int) -> torch.Tensor:
        nonlocal at
        count = int(np.prod(shape))
        taken = torch.from_numpy(floats[at : at + count].reshape(shape).astype(np.float64))
        at += count
        return taken

    names = {"model.embed_tokens.weight": take(abs(vocab), dim)}
    shapes = {
        "input_layernorm.weight": (dim,),
        "self_attn.q_proj.weight": (dim, dim),
        "self_attn.k_proj.weight": (kv_heads * head, dim),
        "self_attn.v_proj.weight": (kv_heads * head, dim),
        "self_attn.o_proj.weight": (dim, dim),
        "post_attention_layernorm.weight": (dim,),
        "mlp.gate_proj.weight": (hidden, dim),
        "mlp.down_proj.weight": (dim, hidden),
        "mlp.up_proj.weight": (hidden, dim),
    }
    for name, shape in shapes.items():
        stacked = take(layers, *shape)
        for layer in range(layers):
            one = stacked[layer]
            if "q_proj" in name or "k_proj" in name:
                # Rows 2i and 2i + 1 turn together in llama2.c, rows i and i + D / 2 in transformers.
                one = one.reshape(-1, head // 2, 2, dim).transpose(1, 2).reshape(one.shape)
            names[f"model.layers.{layer}.{name}"] = one.contiguous()
    names["model.norm.weight"] = take(dim)
    take(2, context, head // 2)  # cosines and sines, which are computed anew
    names["lm_head.weight"] = names["model.embed_tokens.weight"] if vocab > 0 else take(-vocab, dim)
    assert at == floats.size, (at, floats.size)

    config = LlamaConfig(
        vocab_size=abs(vocab), hidden_size=dim, intermediate_size=hidden, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, max_position_embeddings=context, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, tie_word_embeddings=vocab > 0, bos_token_id=1,
        eos_token_id=1, attn_implementation="eager",
    )
    model = LlamaForCausalLM(config).double().eval()
    missing, unexpected = model.load_state_dict(names, strict=False)
    assert not missing and not unexpected, (missing, unexpected)
    return model


def read_tokenizer(path: Path) -> Tokenizer:
    """BPE whose merges stand in the order of the scores, as transformers converts a SentencePiece BPE."""
    raw, at, tokens = path.read_bytes(), 4, []
    while at < len(raw):
        score, length = struct.unpack_from("<fi", raw, at)
        tokens.append((raw[at + 8 : at + 8 + length].decode(), score))
        at += 8 + length
    # llama2.c's file has a space where SentencePiece has its own sign, and lines around the three special tokens.
    pieces = ["<unk>", "<s>", "</s>"] + [text.replace(" ", "▁") for text, _ in tokens[3:]]
    ids = {piece: i for i, piece in enumerate(pieces)}
    assert len(ids) == len(tokens)
    merges = []
    for i in range(3 + 256, len(pieces)):
        halves = [(pieces[i][:cut], pieces[i][cut:]) for cut in range(1, len(pieces[i]))]
        known = [(left, right) for left, right in halves if left in ids and right in ids]
        merges += [(tokens[i][1], pair) for pair in sorted(known, key=lambda pair: (ids[pair[0]], ids[pair[1]]))]
    merges.sort(key=lambda merge: -merge[0])
    ranked = [pair for _, pair in merges]
    tokenizer = Tokenizer(models.BPE(ids, ranked, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def integers(ids: list[int]) -> torch.Tensor:
    return torch.tensor(ids, dtype=torch.uint32)


@torch.no_grad()
def main() -> None:
    model, tokenizer = read_model(MODELS / "stories260K.bin"), read_tokenizer(MODELS / "tok512.bin")
    encode = lambda text: [1] + (tokenizer.encode(text).ids if text else [])
    tensors: dict[str, torch.Tensor] = {}
    closest = float("inf")
    for name, text in STORIES.items():
        ids, told = encode(text), []
        while len(told) < 256 and (not told or told[-1] != 1):
            logits = model(torch.tensor([ids + told])).logits[0, -1]  # the whole text again: no cache
            best, second = logits.topk(2).values.tolist()
            closest = min(closest, best - second)
            told.append(int(logits.argmax()))
        tensors[f"story.{name}.prompt"], tensors[f"story.{name}.told"] = integers(ids), integers(told)
        print(f"{name}: {len(ids)} + {len(told)} tokens\n  {tokenizer.decode(ids + told, skip_special_tokens=False)}")
    ids = encode(SENTENCE)
    out = model(torch.tensor([ids]), output_attentions=True)
    tensors["sentence.ids"] = integers(ids)
    tensors["sentence.positions"] = integers([position % len(ids) for position in POSITIONS])
    tensors["sentence.logits"] = out.logits[0, POSITIONS].float().contiguous()
    for layer, weights in enumerate(out.attentions):
        tensors[f"sentence.weights.{layer}"] = weights[0].float().contiguous()
    for name, text in TEXTS.items():
        tensors[f"text.{name}"] = integers(encode(text))
        assert tokenizer.decode(encode(text)[1:]) == f" {text}", name
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, tokenizers {tokenizers.__version__}"
    target = Path(__file__).parent.parent / "fixtures" / "week04" / "stories.safetensors"
    save_file(tensors, target, metadata={"made_by": f"{Path(__file__).name}, {versions}"})
    print(f"{target.name}: {len(tensors)} tensors, {target.stat().st_size} bytes, {versions}")
    print(f"the closest choice of a token: {closest:.6f} between the first and the second")


if __name__ == "__main__":
    main()
