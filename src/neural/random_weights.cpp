#include "neural/random_weights.h"

#include <fstream>
#include <string>
#include <vector>

#include "base/half.h"
#include "base/random.h"

namespace figment::neural {

void write_random_weights(const std::filesystem::path& file, std::span<const weights::TensorSpec> table, bool halves, double spread) {
  std::string header = "{";
  std::int64_t at = 0;
  for (const weights::TensorSpec& t : table) {
    if (t.optional) continue;
    std::int64_t bytes = halves ? 2 : 4;
    std::string shape;
    for (const std::int64_t n : t.shape) bytes *= n, shape += (shape.empty() ? "" : ",") + std::to_string(n);
    header += (at > 0 ? ",\"" : "\"") + t.name + R"(":{"dtype":")" + (halves ? "F16" : "F32") + R"(","shape":[)" + shape + R"(],"data_offsets":[)" + std::to_string(at) + "," + std::to_string(at + bytes) + "]}";
    at += bytes;
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::filesystem::path aside = file.string() + ".part";
  std::ofstream out(aside, std::ios::binary);
  const auto length = static_cast<std::uint64_t>(header.size());
  out.write(reinterpret_cast<const char*>(&length), 8);
  out << header;
  Random random(7);
  // A stock of normal numbers, of which every row takes another stretch: drawing each of 420 million would take a minute.
  std::vector<float> stock(1 << 20), row;
  for (float& x : stock) x = static_cast<float>(spread * random.normal());
  std::vector<std::uint16_t> half;
  for (const weights::TensorSpec& t : table) {
    if (t.optional) continue;
    std::int64_t rows = 1, width = 1;
    for (std::size_t axis = 0; axis < t.shape.size(); ++axis) (axis == 0 ? rows : width) *= t.shape[axis];
    row.resize(static_cast<std::size_t>(width)), half.resize(row.size());
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::size_t from = random.next() % (stock.size() - row.size());
      const float middle = t.name.ends_with("norm.weight") ? 1 : 0;
      for (std::size_t c = 0; c < row.size(); ++c) row[c] = stock[from + c] + middle;
      for (std::size_t c = 0; halves && c < row.size(); ++c) half[c] = float_to_half(row[c]);
      out.write(halves ? reinterpret_cast<const char*>(half.data()) : reinterpret_cast<const char*>(row.data()), static_cast<std::streamsize>(row.size() * (halves ? 2 : 4)));
    }
  }
  out.close();
  std::filesystem::rename(aside, file);
}

}  // namespace figment::neural
