"""The same layer sizes in plain PyTorch, for figment-bench-neural to print beside ours.

  /usr/bin/python3 peer.py THREADS codec|text|lm

Says "ready" when the networks are made; then runs one thing for each line that it reads (decode, encode, text, step PLACE) and answers
with the milliseconds it took: so that ours and theirs are measured in turn. Random weights: what a network costs does not depend on what
it learned. Written from the papers and the sizes in the published configurations; float32, evaluation, inference mode. What makes matrix
products fast here (OPENBLAS_CORETYPE, threads, malloc) is set by who starts it: the judge gets the same well configured library as we do.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Same(nn.Module):
    """A convolution whose input is mirrored at both ends, so that the length stays."""

    def __init__(self, wide, out, kernel, stride=1):
        super().__init__()
        self.convolution = nn.Conv1d(wide, out, kernel, stride)
        self.total = kernel - stride

    def forward(self, x):
        right = self.total // 2
        return self.convolution(F.pad(x, (self.total - right, right), mode="reflect"))


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.branch = nn.Sequential(nn.ELU(), Same(width, width // 2, 3), nn.ELU(), Same(width // 2, width, 1))

    def forward(self, x):
        return x + self.branch(x)


class Up(nn.Module):
    def __init__(self, width, ratio):
        super().__init__()
        self.convolution = nn.ConvTranspose1d(width, width // 2, 2 * ratio, ratio)
        self.total = ratio

    def forward(self, x):
        y = self.convolution(x)
        right = self.total // 2
        return y[..., self.total - right : y.shape[-1] - right]


class Recurrent(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.lstm = nn.LSTM(width, width, 2)

    def forward(self, x):
        x = x.permute(2, 0, 1)
        return (self.lstm(x)[0] + x).permute(1, 2, 0)


def encodec_halves():
    """EnCodec at 32 kHz as MusicGen has it: 64 filters, ratios 8 5 4 4, latent vectors of 128, nothing in the shortcuts."""
    ratios, width = [8, 5, 4, 4], 64
    encoder = [Same(1, width, 7)]
    for ratio in reversed(ratios):
        encoder += [Residual(width), nn.ELU(), Same(width, 2 * width, 2 * ratio, ratio)]
        width *= 2
    encoder += [Recurrent(width), nn.ELU(), Same(width, 128, 7)]
    decoder = [Same(128, width, 7), Recurrent(width)]
    for ratio in ratios:
        decoder += [nn.ELU(), Up(width, ratio), Residual(width // 2)]
        width //= 2
    decoder += [nn.ELU(), Same(width, 1, 7)]
    return nn.Sequential(*encoder).eval(), nn.Sequential(*decoder).eval()


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class TextBlock(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.heads = heads
        self.norm, self.inner_norm = Norm(width), Norm(width)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.wi, self.wo = nn.Linear(width, inner, bias=False), nn.Linear(inner, width, bias=False)

    def forward(self, x, bias):
        rows, length, width = x.shape
        y = self.norm(x)
        q, k, v = (m(y).view(rows, length, self.heads, -1).transpose(1, 2) for m in (self.q, self.k, self.v))
        seen = torch.softmax(q @ k.transpose(2, 3) + bias, -1) @ v
        x = x + self.o(seen.transpose(1, 2).reshape(rows, length, width))
        return x + self.wo(torch.relu(self.wi(self.inner_norm(x))))


class Text(nn.Module):
    """T5-base's encoder: 12 blocks of 768, 12 heads, 3072 within."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(32128, 768)
        self.blocks = nn.ModuleList(TextBlock(768, 12, 3072) for _ in range(12))
        self.norm = Norm(768)

    def forward(self, ids):
        x, bias = self.embedding(ids), torch.zeros(1, 12, ids.shape[1], ids.shape[1])
        for block in self.blocks:
            x = block(x, bias)
        return self.norm(x)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.out = (nn.Linear(width, width, bias=False) for _ in range(4))

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x, keys, values):
        q = self.split(self.q(x))
        seen = torch.softmax(q @ keys.transpose(2, 3) * q.shape[-1] ** -0.5, -1) @ values
        return self.out(seen.transpose(1, 2).reshape(x.shape))


class MusicLayer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.self_attention, self.cross = Attention(width, heads), Attention(width, heads)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.fc1, self.fc2 = nn.Linear(width, inner, bias=False), nn.Linear(inner, width, bias=False)

    def forward(self, x, cache, at, text):
        y, a = self.norms[0](x), self.self_attention
        cache[0][:, :, at : at + 1] = a.split(a.k(y))
        cache[1][:, :, at : at + 1] = a.split(a.v(y))
        x = x + a(y, cache[0][:, :, : at + 1], cache[1][:, :, : at + 1])
        # As the reference implementation does it: keys and values of the text are computed anew at every step.
        x = x + self.cross(self.norms[1](x), self.cross.split(self.cross.k(text)), self.cross.split(self.cross.v(text)))
        return x + self.fc2(F.gelu(self.fc1(self.norms[2](x))))


class Music(nn.Module):
    """MusicGen-small's language model with a cache of keys and values; two rows: with the text and without."""

    def __init__(self, layers=24, width=1024, heads=16, inner=4096):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(2049, width) for _ in range(4))
        self.layers = nn.ModuleList(MusicLayer(width, heads, inner) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.heads = nn.ModuleList(nn.Linear(width, 2048, bias=False) for _ in range(4))
        self.caches = [torch.zeros(2, 2, heads, 512, width // heads) for _ in range(layers)]
        self.text = torch.randn(2, 20, width)

    def forward(self, tokens, at):
        x = sum(e(tokens[:, k]) for k, e in enumerate(self.embeddings)).unsqueeze(1)
        for layer, cache in zip(self.layers, self.caches):
            x = layer(x, cache, at, self.text)
        x = self.norm(x)
        return [head(x) for head in self.heads]


def works(what):
    if what == "codec":
        encoder, decoder = encodec_halves()
        sound, latents = torch.randn(1, 1, 320000), torch.randn(1, 128, 500)
        return {"decode": lambda: decoder(latents), "encode": lambda: encoder(sound)}
    if what == "text":
        text, ids = Text().eval(), torch.arange(20).unsqueeze(0)
        return {"text": lambda: text(ids)}
    if what != "lm":
        sys.exit("there is no such part")
    music, tokens = Music().eval(), torch.zeros(2, 4, dtype=torch.long)
    return {"step": lambda place: music(tokens, int(place))}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    with torch.inference_mode():
        all_works = works(sys.argv[2])
        print("ready", flush=True)
        for line in sys.stdin:
            name, *arguments = line.split()
            start = time.perf_counter()
            all_works[name](*arguments)
            print(1000 * (time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main()
