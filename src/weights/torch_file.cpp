#include "weights/torch_file.h"

#include <array>
#include <optional>

#include "base/error.h"
#include "weights/zip_archive.h"

namespace figment::weights {
namespace {

constexpr std::size_t kMostTensors = 200'000, kMostLookedAt = 3'000'000;

std::optional<Dtype> dtype_of(std::string_view storage) {
  struct Row {
    std::string_view storage;
    Dtype dtype;
  };
  static constexpr std::array<Row, 10> kRows{{{"torch.FloatStorage", Dtype::F32}, {"torch.HalfStorage", Dtype::F16}, {"torch.BFloat16Storage", Dtype::BF16}, {"torch.DoubleStorage", Dtype::F64},
                                              {"torch.LongStorage", Dtype::I64}, {"torch.IntStorage", Dtype::I32}, {"torch.ShortStorage", Dtype::I16}, {"torch.CharStorage", Dtype::I8},
                                              {"torch.ByteStorage", Dtype::U8}, {"torch.BoolStorage", Dtype::Bool}}};
  for (const Row& row : kRows)
    if (row.storage == storage) return row.dtype;
  return std::nullopt;
}

class Collector {
 public:
  Collector(const Records& records, std::string root, std::string name, Tensors& tensors) : records_(records), root_(std::move(root)), name_(std::move(name)), tensors_(tensors) {}

  void collect(const Value& value, const std::string& path, int depth) {
    if (depth > kDeepest) throw Error(ErrorCode::Corrupt, name_ + " holds lists in lists without end");
    if (++seen_ > kMostLookedAt) throw Error(ErrorCode::Corrupt, name_ + " holds too many values");
    if (const TensorOf* told = value.tensor()) {
      if (tensors_.size() >= kMostTensors) throw Error(ErrorCode::Corrupt, name_ + " holds too many tensors");
      tensors_.insert_or_assign(path, tensor(*told, path));
    } else if (const Dict* dict = value.dict()) {
      for (const auto& [key, item] : dict->items) {
        const auto* number = std::get_if<std::int64_t>(&key.is);
        if (const std::string* text = key.string()) collect(item, path.empty() ? *text : path + "." + *text, depth + 1);
        else if (number != nullptr) collect(item, path + "." + std::to_string(*number), depth + 1);
      }
    } else if (const List* list = value.list()) {
      for (std::size_t i = 0; i < list->items.size(); ++i) {
        const Value& item = list->items[i];
        if (item.tensor() != nullptr || item.dict() != nullptr || item.list() != nullptr) collect(item, path + "." + std::to_string(i), depth + 1);
      }
    }
  }

 private:
  const Records& records_;
  std::string root_, name_;
  Tensors& tensors_;
  std::size_t seen_ = 0;

  [[noreturn]] void broken(const std::string& path, const std::string& problem) const {
    throw Error(ErrorCode::Corrupt, name_ + ": the tensor \"" + path + "\" " + problem, "the file may be incomplete: get it again");
  }

  Tensor tensor(const TensorOf& told, const std::string& path) const {
    const auto dtype = dtype_of(told.storage.type);
    if (!dtype) throw Error(ErrorCode::Unsupported, name_ + ": the tensor \"" + path + "\" has numbers of the kind " + told.storage.type + ", which figment cannot read");
    const auto record = records_.find(root_ + "data/" + told.storage.key);
    if (record == records_.end()) broken(path, "is stored in \"" + told.storage.key + "\", which is not in the file");
    const std::int64_t all = bytes_of(*dtype, told.storage.count);
    if (all < 0 || told.storage.count > (std::int64_t{1} << 47) || static_cast<std::uint64_t>(all) > record->second.size())
      broken(path, "is stored in " + std::to_string(told.storage.count) + " numbers, and there are only " + std::to_string(record->second.size()) + " bytes");
    Tensor t;
    t.dtype = *dtype;
    t.shape = told.shape;
    const std::int64_t count = elements(t.shape);
    if (count < 0 || told.strides.size() != told.shape.size() || told.offset < 0) broken(path, "has a shape " + text(t.shape) + " that makes no sense");
    // The last element's place; each step is checked, so nothing overflows.
    std::int64_t last = told.offset, row_major = 1;
    bool plain = true;
    for (std::size_t axis = t.shape.size(); axis-- > 0;) {
      const std::int64_t size = t.shape[axis], stride = told.strides[axis];
      if (stride < 0 || stride > told.storage.count + 1) broken(path, "has strides that leave its storage");
      if (size > 1 && stride != row_major) plain = false;
      row_major *= std::max<std::int64_t>(size, 1);
      if (size > 1 && stride > 0 && size - 1 > (told.storage.count - std::min(last, told.storage.count)) / stride) broken(path, "reaches beyond its storage");
      if (size > 1) last += (size - 1) * stride;
    }
    if (count > 0 && last >= told.storage.count) broken(path, "reaches beyond its storage");
    if (!plain) t.strides = told.strides;
    const std::int64_t width = bytes_of(*dtype, 1);
    if (count > 0) t.bytes = record->second.subspan(static_cast<std::size_t>(told.offset * width), static_cast<std::size_t>((last - told.offset + 1) * width));
    return t;
  }
};

}  // namespace

TorchFile parse_torch(std::span<const std::byte> bytes, const std::string& name) {
  const Records records = read_zip(bytes, name);
  std::string root;
  std::span<const std::byte> pickle;
  for (const auto& [record, data] : records)
    if (record == "data.pkl" || record.ends_with("/data.pkl")) root = record.substr(0, record.size() - 8), pickle = data;
  if (pickle.empty()) throw Error(ErrorCode::Corrupt, name + " is an archive, but no PyTorch checkpoint: it holds no data.pkl");
  if (const auto order = records.find(root + "byteorder"); order != records.end() && order->second.size() >= 3 && static_cast<char>(order->second[0]) == 'b')
    throw Error(ErrorCode::Unsupported, name + " was saved on a big-endian machine");
  TorchFile file;
  file.said = std::make_shared<const Pickle>(Pickle::parse(pickle, name));
  Collector(records, root, name, file.tensors).collect(file.said->root(), "", 0);
  return file;
}

}  // namespace figment::weights
