#include "neural/musicgen/random_lm.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/half.h"
#include "base/random.h"

namespace figment::neural {
namespace {

struct Entry {
  std::string name;
  std::int64_t rows, columns;            // columns 0: a vector
};

}  // namespace

void write_random_lm(const std::filesystem::path& file, const LmSettings& s, double spread) {
  std::vector<Entry> entries;
  const std::string body = "decoder.model.decoder.";
  const auto norm = [&](const std::string& name) {
    entries.push_back({name + ".weight", s.width, 0});
    entries.push_back({name + ".bias", s.width, 0});
  };
  for (std::int64_t k = 0; k < s.codebooks; ++k) {
    entries.push_back({body + "embed_tokens." + std::to_string(k) + ".weight", s.card + 1, s.width});
    entries.push_back({"decoder.lm_heads." + std::to_string(k) + ".weight", s.card, s.width});
  }
  for (std::int64_t n = 0; n < s.layers; ++n) {
    const std::string layer = body + "layers." + std::to_string(n) + ".";
    for (const char* a : {"self_attn", "encoder_attn"}) {
      if (s.prefixed() && std::string(a) == "encoder_attn") continue;
      for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) entries.push_back({layer + a + "." + part + ".weight", s.width, s.width});
      norm(layer + a + "_layer_norm");
    }
    norm(layer + "final_layer_norm");
    entries.push_back({layer + "fc1.weight", s.inner, s.width});
    entries.push_back({layer + "fc2.weight", s.width, s.inner});
  }
  norm(body + "layer_norm");
  entries.push_back({"enc_to_dec_proj.weight", s.width, s.text_width});
  entries.push_back({"enc_to_dec_proj.bias", s.width, 0});
  if (s.prefixed()) {
    entries.push_back({"audio_enc_to_dec_proj.weight", s.width, s.chroma});
    entries.push_back({"audio_enc_to_dec_proj.bias", s.width, 0});
  }

  std::string header = "{";
  std::int64_t at = 0;
  for (const Entry& e : entries) {
    const std::int64_t bytes = e.rows * std::max<std::int64_t>(e.columns, 1) * 2;
    header += (at > 0 ? ",\"" : "\"") + e.name + R"(":{"dtype":"F16","shape":[)" + std::to_string(e.rows) + (e.columns > 0 ? "," + std::to_string(e.columns) : "") + R"(],"data_offsets":[)" + std::to_string(at) + "," + std::to_string(at + bytes) + "]}";
    at += bytes;
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::ofstream out(file, std::ios::binary);
  const auto length = static_cast<std::uint64_t>(header.size());
  out.write(reinterpret_cast<const char*>(&length), 8);
  out << header;
  Random random(7);
  // A stock of normal numbers, of which every tensor takes another stretch: drawing each of 420 million would take a minute.
  std::vector<std::uint16_t> stock(1 << 20);
  for (std::uint16_t& x : stock) x = float_to_half(static_cast<float>(spread * random.normal()));
  std::vector<std::uint16_t> row;
  for (const Entry& e : entries) {
    const auto width = static_cast<std::size_t>(std::max<std::int64_t>(e.columns, 1));
    row.resize(width);
    for (std::int64_t r = 0; r < e.rows; ++r) {
      const std::size_t from = random.next() % (stock.size() - width);
      for (std::size_t c = 0; c < width; ++c) row[c] = stock[from + c];
      if (e.columns == 0 && e.name.ends_with("norm.weight")) row[0] = float_to_half(1 + half_to_float(row[0]));   // near 1
      out.write(reinterpret_cast<const char*>(row.data()), static_cast<std::streamsize>(width * 2));
    }
  }
}

}  // namespace figment::neural
