// Weight files made for tests, whole or broken on purpose.

#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace figment::weights::testing {

template <typename Number>
std::string le(Number x) {
  std::string bytes(sizeof x, '\0');
  std::memcpy(bytes.data(), &x, sizeof x);
  return bytes;
}

inline std::string floats(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

inline std::span<const std::byte> bytes_of_text(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

inline std::string safetensors(const std::string& header, const std::string& data) { return le<std::uint64_t>(header.size()) + header + data; }

// A ZIP archive of stored records.
inline std::string zip(const std::vector<std::pair<std::string, std::string>>& records, std::uint16_t method = 0) {
  std::string file, directory;
  for (const auto& [name, data] : records) {
    const auto offset = static_cast<std::uint32_t>(file.size()), size = static_cast<std::uint32_t>(data.size());
    const auto length = static_cast<std::uint16_t>(name.size());
    file += le<std::uint32_t>(0x04034B50) + le<std::uint16_t>(20) + le<std::uint16_t>(0) + le(method) + std::string(8, '\0') + le(size) + le(size) + le(length) + le<std::uint16_t>(0) + name + data;
    directory += le<std::uint32_t>(0x02014B50) + le<std::uint16_t>(20) + le<std::uint16_t>(20) + le<std::uint16_t>(0) + le(method) + std::string(8, '\0') + le(size) + le(size) + le(length) + std::string(12, '\0') + le(offset) + name;
  }
  const auto start = static_cast<std::uint32_t>(file.size()), count = static_cast<std::uint32_t>(records.size());
  return file + directory + le<std::uint32_t>(0x06054B50) + std::string(4, '\0') + le(static_cast<std::uint16_t>(count)) + le(static_cast<std::uint16_t>(count)) + le(static_cast<std::uint32_t>(directory.size())) + le(start) + le<std::uint16_t>(0);
}

// Instructions of a pickle.
namespace pickle {
inline std::string text(const std::string& s) { return "X" + le(static_cast<std::uint32_t>(s.size())) + s; }
inline std::string number(std::int32_t x) { return "J" + le(x); }
inline std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }
inline std::string tuple(const std::string& items) { return "(" + items + "t"; }
inline std::string sizes(const std::vector<int>& values) {
  std::string all;
  for (const int v : values) all += number(v);
  return tuple(all);
}
inline std::string tensor(const std::string& key, int count, int offset, const std::vector<int>& shape, const std::vector<int>& strides, const std::string& type = "FloatStorage") {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple(tuple(text("storage") + global("torch", type) + text(key) + text("cpu") + number(count)) + "Q" + number(offset) + sizes(shape) + sizes(strides) + "\x89" + global("collections", "OrderedDict") + ")R") + "R";
}
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string all = "}(";
  for (const auto& [key, value] : items) all += text(key) + value;
  return all + "u";
}
inline std::string whole(const std::string& value) { return "\x80\x02" + value + "."; }
}  // namespace pickle

inline std::string torch(const std::string& value, const std::vector<std::pair<std::string, std::string>>& storages) {
  std::vector<std::pair<std::string, std::string>> records{{"archive/data.pkl", pickle::whole(value)}};
  for (const auto& [key, data] : storages) records.emplace_back("archive/data/" + key, data);
  records.emplace_back("archive/version", "3\n");
  return zip(records);
}

struct GgufTensor {
  std::string name;
  std::vector<std::uint64_t> sizes;      // fastest first
  std::uint32_t kind = 0;
  std::uint64_t offset = 0;
};
inline std::string gguf_text(const std::string& s) { return le<std::uint64_t>(s.size()) + s; }
inline std::string gguf(const std::vector<GgufTensor>& tensors, const std::string& data, const std::string& pairs = "", std::uint64_t pair_count = 0, std::uint32_t version = 3) {
  std::string file = "GGUF" + le(version) + le<std::uint64_t>(tensors.size()) + le(pair_count) + pairs;
  for (const GgufTensor& t : tensors) {
    file += gguf_text(t.name) + le(static_cast<std::uint32_t>(t.sizes.size()));
    for (const std::uint64_t s : t.sizes) file += le(s);
    file += le(t.kind) + le(t.offset);
  }
  file.resize((file.size() + 31) / 32 * 32);
  return file + data;
}

inline void write(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace figment::weights::testing
