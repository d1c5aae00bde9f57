"""A Whisper of random weights, two megabytes, built by code: everything but the words is as in a real one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from ctranslate2.specs import WhisperSpec
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

WIDTH, HEADS, LAYERS, BANDS = 64, 2, 2, 80
MULTILINGUAL = ""
"""CTranslate2 takes a model for multilingual when its vocabulary holds an empty token."""
LANGUAGES = ("en", "zh", "de", "es", "fr", "cy")
SPOKEN = [
    "we",
    "you",
    "the",
    "price",
    "team",
    "call",
    "yes",
    "no",
    "okay",
    "and",
    "for",
    "our",
    "your",
    "next",
    "week",
    "plan",
    "need",
    "think",
    "time",
    "good",
]
SPECIAL = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    *(f"<|{code}|>" for code in LANGUAGES),
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
    *(f"<|{n * 0.02:.2f}|>" for n in range(1501)),
)


def build(folder: Path, seed: int = 7) -> Path:
    """Write the model's folder, as a converted one looks."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = _tokenizer(folder / "tokenizer.json")
    spec = _weights(len(tokens), np.random.default_rng(seed))
    spec.register_vocabulary(tokens)
    ids = {token: n for n, token in enumerate(tokens)}
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [ids["<|endoftext|>"]]
    spec.config.lang_ids = [ids[f"<|{code}|>"] for code in LANGUAGES]
    spec.config.alignment_heads = [(LAYERS - 1, head) for head in range(HEADS)]
    spec.validate()
    spec.optimize(quantization=None)
    spec.save(str(folder))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": BANDS}), "utf-8")
    return folder


def _tokenizer(path: Path) -> list[str]:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    plain = [*letters, *(f"Ġ{word}" for word in SPOKEN), MULTILINGUAL]
    tokenizer = Tokenizer(models.BPE({token: n for n, token in enumerate(plain)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
    tokenizer.save(str(path))
    return [*plain, *SPECIAL]


def _weights(size: int, rng: np.random.Generator) -> WhisperSpec:
    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)

    def some(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.15).astype(np.float32)

    def linear(target: object, outs: int, ins: int) -> None:
        target.weight, target.bias = some(outs, ins), some(outs)

    def norm(target: object) -> None:
        target.gamma, target.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    encoder, decoder = spec.encoder, spec.decoder
    for conv, ins in ((encoder.conv1, BANDS), (encoder.conv2, WIDTH)):
        conv.weight, conv.bias = some(WIDTH, ins, 3), some(WIDTH)
    encoder.position_encodings.encodings = some(1500, WIDTH)
    decoder.position_encodings.encodings = some(448, WIDTH) * 4
    decoder.embeddings.weight = some(size, WIDTH)
    _talk_a_while(decoder, size, rng)
    for part in (encoder, decoder):
        norm(part.layer_norm)
        for layer in part.layer:
            linear(layer.self_attention.linear[0], 3 * WIDTH, WIDTH)
            linear(layer.self_attention.linear[1], WIDTH, WIDTH)
            norm(layer.self_attention.layer_norm)
            if part is decoder:
                linear(layer.attention.linear[0], WIDTH, WIDTH)
                linear(layer.attention.linear[1], 2 * WIDTH, WIDTH)
                linear(layer.attention.linear[2], WIDTH, WIDTH)
                norm(layer.attention.layer_norm)
            linear(layer.ffn.linear_0, 4 * WIDTH, WIDTH)
            linear(layer.ffn.linear_1, WIDTH, 4 * WIDTH)
            norm(layer.ffn.layer_norm)
    return spec


def _talk_a_while(decoder: object, size: int, rng: np.random.Generator) -> None:
    """Words rather than letters, and an end after some dozens of them: one dimension counts."""
    first, end = len(pre_tokenizers.ByteLevel.alphabet()), size - len(SPECIAL)
    decoder.position_encodings.encodings[:, 0] = np.arange(448) * 0.25
    weight = (rng.standard_normal((size, WIDTH)) * 0.15).astype(np.float32)
    bias = np.full(size, -4, np.float32)
    bias[first : first + len(SPOKEN)] = 2
    bias[end + 2 : end + 2 + len(LANGUAGES)] = 0
    weight[end], bias[end] = 0, -12
    weight[end, 0] = 4
    decoder.projection.weight, decoder.projection.bias = weight, bias
