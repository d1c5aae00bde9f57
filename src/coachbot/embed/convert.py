"""The encoder's weights as a CTranslate2 model, made once and kept in the workspace's cache."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachbot.embed.weights import check_weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYERS, HEADS = 6, 12
REVISION = 1


def converted(weights: Path, cache: Path, *, adapter: Mapping[str, NDArray[np.float32]], key: str) -> Path:
    """Folder of the converted model; `adapter` holds what is added to the weights, by their names.

    `key` names the adapter's content. Several processes may ask at once: each builds its own copy
    and the first to finish wins. Where `cache` cannot be written, the model goes to a temporary folder.
    """
    target = cache / f"encoder-{REVISION}-{key}"
    if (target / "model.bin").is_file():
        return target
    check_weights(weights)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".encoder-", dir=cache))
    except OSError:
        target = building = Path(tempfile.mkdtemp(prefix="coachbot-encoder-"))
    _build(weights, adapter).save(str(building))
    if building != target:
        try:
            building.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(building, ignore_errors=True)
    return target


def _build(weights: Path, adapter: Mapping[str, NDArray[np.float32]]) -> Any:
    import ctranslate2
    import numpy as np
    from ctranslate2.specs import (
        Activation,
        EmbeddingsMerge,
        TransformerEncoderModelSpec,
        TransformerEncoderSpec,
    )
    from safetensors.numpy import load_file

    stored = load_file(weights / "model.safetensors")

    def take(name: str) -> NDArray[np.float32]:
        # copied: CTranslate2 refuses read-only arrays
        array = np.array(stored[name], dtype=np.float32, copy=True)
        if name in adapter:
            array += adapter[name]
        return array

    encoder = TransformerEncoderSpec(
        LAYERS,
        HEADS,
        pre_norm=False,
        activation=Activation.GELU,
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=EmbeddingsMerge.ADD,
    )
    model = TransformerEncoderModelSpec(encoder, pooling_layer=False)
    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = take("embeddings.word_embeddings.weight")
    encoder.embeddings[1].weight = take("embeddings.token_type_embeddings.weight")
    encoder.position_encodings.encodings = take("embeddings.position_embeddings.weight")
    _norm(encoder.layernorm_embedding, take, "embeddings.LayerNorm")
    for number, layer in enumerate(encoder.layer):
        name = f"encoder.layer.{number}."
        attention = layer.self_attention
        parts = [f"{name}attention.self.{part}" for part in ("query", "key", "value")]
        attention.linear[0].weight = np.concatenate([take(f"{part}.weight") for part in parts])
        attention.linear[0].bias = np.concatenate([take(f"{part}.bias") for part in parts])
        _linear(attention.linear[1], take, f"{name}attention.output.dense")
        _norm(attention.layer_norm, take, f"{name}attention.output.LayerNorm")
        _linear(layer.ffn.linear_0, take, f"{name}intermediate.dense")
        _linear(layer.ffn.linear_1, take, f"{name}output.dense")
        _norm(layer.ffn.layer_norm, take, f"{name}output.LayerNorm")
    tokens = len(encoder.embeddings[0].weight)
    model.register_vocabulary([str(number) for number in range(tokens)])  # ids are used, never words
    model.config.layer_norm_epsilon = 1e-12
    model.config.unk_token, model.config.bos_token, model.config.eos_token = "100", "101", "102"
    model.validate()
    model.optimize()
    assert ctranslate2.__version__
    return model


def _linear(spec: Any, take: Any, name: str) -> None:
    spec.weight, spec.bias = take(f"{name}.weight"), take(f"{name}.bias")


def _norm(spec: Any, take: Any, name: str) -> None:
    spec.gamma, spec.beta = take(f"{name}.weight"), take(f"{name}.bias")
