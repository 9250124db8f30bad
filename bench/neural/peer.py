"""The same layer sizes in plain PyTorch, for figment-bench-neural to print beside ours.

  /usr/bin/python3 peer.py THREADS codec|text|lm|stems

Says "ready" when the networks are made; then runs one thing for each line that it reads (decode, encode, text, step PLACE, segment, track SECONDS)
and answers with the milliseconds it took; "memory" is answered with the highest that it has used, in MB: so that ours and theirs are measured in turn. Random weights: what a network costs does not depend on what
it learned. Written from the papers and the sizes in the published configurations; float32, evaluation, inference mode. What makes matrix
products fast here (OPENBLAS_CORETYPE, threads, malloc) is set by who starts it: the judge gets the same well configured library as we do.
"""

import resource
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


class Branches(nn.Module):
    """HTDemucs' residual branches along time."""

    def __init__(self, width):
        super().__init__()
        few = width // 8
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Conv1d(width, few, 3, dilation=d, padding=d), nn.GroupNorm(1, few), nn.GELU(), nn.Conv1d(few, 2 * width, 1), nn.GroupNorm(1, 2 * width), nn.GLU(1))
            for d in (1, 2)
        )
        self.gains = nn.Parameter(torch.full((2, width, 1), 1e-3))

    def forward(self, x):
        if x.dim() == 4:
            rows, width, frequencies, frames = x.shape
            return self(x.transpose(1, 2).reshape(-1, width, frames)).view(rows, frequencies, width, frames).transpose(1, 2)
        for layer, gain in zip(self.layers, self.gains):
            x = x + gain * layer(x)
        return x


class Down(nn.Module):
    def __init__(self, wide, width, flat):
        super().__init__()
        self.flat = flat
        kind = nn.Conv1d if flat else nn.Conv2d
        self.convolution = kind(wide, width, 8 if flat else (8, 1), 4 if flat else (4, 1), 2 if flat else (2, 0))
        self.branches, self.rewrite = Branches(width), kind(width, 2 * width, 1)

    def forward(self, x):
        if self.flat and x.shape[-1] % 4:
            x = F.pad(x, (0, 4 - x.shape[-1] % 4))
        return F.glu(self.rewrite(self.branches(F.gelu(self.convolution(x)))), 1)


class Back(nn.Module):
    def __init__(self, width, out, flat, last):
        super().__init__()
        self.flat, self.last = flat, last
        self.rewrite = (nn.Conv1d if flat else nn.Conv2d)(width, 2 * width, 3, padding=1)
        self.branches = Branches(width)
        self.convolution = nn.ConvTranspose1d(width, out, 8, 4) if flat else nn.ConvTranspose2d(width, out, (8, 1), (4, 1))

    def forward(self, x, skip, length):
        x = self.convolution(self.branches(F.glu(self.rewrite(x + skip), 1)))
        x = x[..., 2 : 2 + length] if self.flat else x[..., 2:-2, :]
        return x if self.last else F.gelu(x)


class Hearing(nn.Module):
    """A layer of the transformer, that hears itself or the other branch."""

    def __init__(self, width=512, heads=8, inner=2048):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.inner, self.outer = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norms, self.norm_out = nn.ModuleList(nn.LayerNorm(width) for _ in range(3)), nn.GroupNorm(1, width)
        self.gains = nn.Parameter(torch.full((2, width), 1e-4))

    def forward(self, x, other=None):
        q = self.norms[0](x)
        k = q if other is None else self.norms[1](other)
        x = x + self.gains[0] * self.attention(q, k, k, need_weights=False)[0]
        x = x + self.gains[1] * self.outer(F.gelu(self.inner(self.norms[2](x))))
        return self.norm_out(x.transpose(1, 2)).transpose(1, 2)


class Stems(nn.Module):
    """HTDemucs as published: four stems, segments of 7.8 s, 48 channels, 5 layers of 512."""

    segment = 343980

    def __init__(self):
        super().__init__()
        widths = [48, 96, 192, 384]
        pairs = lambda first: list(zip([first] + widths[:-1], widths))
        self.down, self.down_flat = nn.ModuleList(Down(a, b, False) for a, b in pairs(4)), nn.ModuleList(Down(a, b, True) for a, b in pairs(2))
        self.back = nn.ModuleList(Back(b, a, False, b == 48) for a, b in reversed(pairs(16)))
        self.back_flat = nn.ModuleList(Back(b, a, True, b == 48) for a, b in reversed(pairs(8)))
        self.up, self.up_flat = nn.Conv1d(384, 512, 1), nn.Conv1d(384, 512, 1)
        self.out, self.out_flat = nn.Conv1d(512, 384, 1), nn.Conv1d(512, 384, 1)
        self.layers, self.layers_flat = nn.ModuleList(Hearing() for _ in range(5)), nn.ModuleList(Hearing() for _ in range(5))
        self.embedding = nn.Parameter(torch.randn(1, 48, 512, 1))

    def forward(self, mix):
        window = torch.hann_window(4096)
        frames = -(-self.segment // 1024)
        x = F.pad(mix, (1536, 1536 + frames * 1024 - self.segment), mode="reflect")
        z = torch.stft(x[0], 4096, 1024, 4096, window, normalized=True, return_complex=True)[:, :-1, 2 : 2 + frames]
        x = torch.view_as_real(z).permute(0, 3, 1, 2).reshape(1, 4, 2048, frames)
        mean, spread = x.mean(), x.std()
        x, flat = (x - mean) / (1e-5 + spread), (mix - mix.mean()) / (1e-5 + mix.std())
        kept, kept_flat, lengths = [], [], []
        for index, (layer, layer_flat) in enumerate(zip(self.down, self.down_flat)):
            lengths.append(flat.shape[-1])
            flat = layer_flat(flat)
            x = layer(x)
            if index == 0:
                x = x + self.embedding
            kept.append(x), kept_flat.append(flat)
        rows, width, frequencies, _ = x.shape
        x, flat = self.up(x.flatten(2)).transpose(1, 2), self.up_flat(flat).transpose(1, 2)
        for index, (layer, layer_flat) in enumerate(zip(self.layers, self.layers_flat)):
            x, flat = (layer(x), layer_flat(flat)) if index % 2 == 0 else (layer(x, flat), layer_flat(flat, x))
        x, flat = self.out(x.transpose(1, 2)).view(rows, width, frequencies, frames), self.out_flat(flat.transpose(1, 2))
        for layer, layer_flat in zip(self.back, self.back_flat):
            x = layer(x, kept.pop(), 0)
            flat = layer_flat(flat, kept_flat.pop(), lengths.pop())
        x = x.view(8, 2, 2048, frames) * spread + mean
        z = torch.view_as_complex(x.permute(0, 2, 3, 1).contiguous())
        z = F.pad(z, (2, 2, 0, 1))
        sound = torch.istft(z, 4096, 1024, 4096, window, normalized=True, length=1024 * frames + 3072)[..., 1536 : 1536 + self.segment]
        return sound.view(1, 4, 2, self.segment) + flat.view(1, 4, 2, self.segment)


def split_track(network, seconds):
    """Segments a quarter over each other, added up with triangular weights."""
    track, length = torch.randn(1, 2, int(float(seconds) * 44100)) * 0.1, network.segment
    out, total, step = torch.zeros(1, 4, 2, track.shape[-1]), torch.zeros(track.shape[-1]), length * 3 // 4
    weight = torch.cat([torch.arange(1, length // 2 + 1), torch.arange(length - length // 2, 0, -1)]) / (length / 2)
    for at in range(0, track.shape[-1], step):
        part = track[..., at : at + length]
        some = part.shape[-1]
        out[..., at : at + some] += weight[:some] * network(F.pad(part, (0, length - some)))[..., :some]
        total[at : at + some] += weight[:some]
    return out / total


def works(what):
    if what == "stems":
        stems, mix = Stems().eval(), torch.randn(1, 2, Stems.segment) * 0.1
        return {"segment": lambda: stems(mix), "track": lambda seconds: split_track(stems, seconds)}
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
            if name == "memory":
                print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, flush=True)
                continue
            start = time.perf_counter()
            all_works[name](*arguments)
            print(1000 * (time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main()
