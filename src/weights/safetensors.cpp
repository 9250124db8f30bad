#include "weights/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "weights/byte_reader.h"

namespace figment::weights {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLongestHeader = 100'000'000;

std::optional<Dtype> dtype_of(std::string_view text) {
  for (const Dtype d : {Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::I64, Dtype::I32, Dtype::I16, Dtype::I8, Dtype::U8, Dtype::Bool})
    if (name(d) == text) return d;
  return std::nullopt;
}

// The header with names that stand twice refused: JSON would keep one of them.
json read_header(std::string_view text, const ByteReader& file) {
  std::set<std::string> names;
  std::string twice;
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::key && depth == 1 && !names.insert(value.get<std::string>()).second) twice = value.get<std::string>();
    return true;
  };
  json header = json::parse(text.begin(), text.end(), watch, false);
  if (header.is_discarded() || !header.is_object()) file.fail("has a header that is no JSON object");
  if (!twice.empty()) file.fail("has two tensors named \"" + twice + "\"");
  return header;
}

}  // namespace

Safetensors parse_safetensors(std::span<const std::byte> bytes, const std::string& file_name) {
  ByteReader file(bytes, file_name);
  const auto length = file.number<std::uint64_t>("the length of its header");
  if (length > kLongestHeader || length > file.left())
    file.fail("says that its header has " + std::to_string(length) + " bytes; " + std::to_string(std::min<std::uint64_t>(file.left(), kLongestHeader)) + " are the most it can have");
  const json header = read_header(file.text(length, "its header"), file);
  const auto data = file.all().subspan(file.at());

  Safetensors result;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
  for (const auto& [tensor_name, entry] : header.items()) {
    if (tensor_name == "__metadata__") {
      if (!entry.is_object()) file.fail("has metadata that is no object");
      for (const auto& [key, value] : entry.items())
        if (value.is_string()) result.metadata[key] = value.get<std::string>();
      continue;
    }
    const auto broken = [&, &named = tensor_name](const std::string& problem) { file.fail("describes the tensor \"" + named + "\" wrongly: " + problem); };
    if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets") || !entry["dtype"].is_string() || !entry["shape"].is_array() ||
        !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2)
      broken("wanted are dtype, shape and two data_offsets");
    const auto dtype = dtype_of(entry["dtype"].get<std::string>());
    if (!dtype) throw Error(ErrorCode::Unsupported, file_name + ": the tensor \"" + tensor_name + "\" has numbers of the kind " + entry["dtype"].get<std::string>() + ", which figment cannot read");
    Tensor tensor;
    tensor.dtype = *dtype;
    for (const json& size : entry["shape"]) {
      if (!size.is_number_unsigned()) broken("its shape has a size that is no whole number");
      const auto value = size.get<std::uint64_t>();
      tensor.shape.push_back(value > (std::uint64_t{1} << 47) ? -1 : static_cast<std::int64_t>(value));
    }
    for (const json& offset : entry["data_offsets"])
      if (!offset.is_number_unsigned()) broken("an offset is no whole number");
    const auto begin = entry["data_offsets"][0].get<std::uint64_t>(), end = entry["data_offsets"][1].get<std::uint64_t>();
    if (begin > end || end > data.size()) broken("it lies from byte " + std::to_string(begin) + " to " + std::to_string(end) + " of " + std::to_string(data.size()));
    const std::int64_t wanted = bytes_of(tensor.dtype, elements(tensor.shape));
    if (wanted < 0 || static_cast<std::uint64_t>(wanted) != end - begin)
      broken("the shape " + text(tensor.shape) + " of " + std::string(name(tensor.dtype)) + " does not take the " + std::to_string(end - begin) + " bytes that it has");
    tensor.bytes = data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    parts.emplace_back(begin, end);
    result.tensors.emplace(tensor_name, std::move(tensor));
  }
  std::sort(parts.begin(), parts.end());
  std::uint64_t at = 0;
  for (const auto& [begin, end] : parts) {
    if (begin != at) file.fail(begin < at ? "has tensors that overlap" : "has bytes between its tensors that belong to none");
    at = end;
  }
  if (at != data.size()) file.fail("has " + std::to_string(data.size() - at) + " bytes at its end that belong to no tensor");
  return result;
}

}  // namespace figment::weights
