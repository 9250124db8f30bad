// What a PyTorch checkpoint's pickle says, without running any of it.
//
//   Method   Python's pickle is a program for a stack machine, and its instructions may call any function of Python. This
//            machine knows numbers, strings, lists, tuples, dicts and sets, and of the calls only those that build tensors
//            and the few plain things that checkpoints hold (kCalls in pickle.cpp); any other is refused by name. A class
//            that is only named, not called, is kept as a name
//   Format   protocols 2 to 5 (Python's pickletools.py is the reference); strings of Python 2 are read too
//   Tensors  torch._utils._rebuild_tensor_v2 and _rebuild_parameter; what they are views of is a Storage, named by the persistent
//            ids ('storage', class, key, place, count) of torch.save
//   Errors   Corrupt with the place in the stream; Unsupported naming the function that the file wants called
//   Limits   what a pickle can make is bounded by its own length; lists in lists by kDeepest
//   Threads  free

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace figment::weights {

struct Value;

struct None {};
struct Global {                          // a class or function that is only named
  std::string name;                      // "demucs.htdemucs.HTDemucs"
};
struct Storage {
  std::string type;                      // "torch.FloatStorage"
  std::string key;                       // which of the archive's records
  std::int64_t count = 0;                // numbers in it
};
struct TensorOf {
  Storage storage;
  std::int64_t offset = 0;               // in numbers
  std::vector<std::int64_t> shape, strides;
};
struct List {                            // a list, tuple or set
  std::vector<Value> items;
};
struct Dict {
  std::vector<std::pair<Value, Value>> items;   // in the order they were put in
};

// Lists and dicts belong to the Pickle they came from.
struct Value {
  std::variant<None, bool, std::int64_t, double, std::string, Global, Storage, TensorOf, const List*, const Dict*> is;

  [[nodiscard]] const Dict* dict() const noexcept;
  [[nodiscard]] const List* list() const noexcept;
  [[nodiscard]] const TensorOf* tensor() const noexcept;
  [[nodiscard]] const std::string* string() const noexcept;
  // Of a dict with such a text key; nullptr when this is none, or it is not there.
  [[nodiscard]] const Value* find(std::string_view key) const noexcept;
};

inline constexpr int kDeepest = 64;      // containers within containers that callers need to follow

class Pickle {
 public:
  // `name` stands in messages.
  [[nodiscard]] static Pickle parse(std::span<const std::byte> bytes, const std::string& name);

  [[nodiscard]] const Value& root() const noexcept { return root_; }

 private:
  friend class PickleMachine;
  std::deque<List> lists_;
  std::deque<Dict> dicts_;
  Value root_;
};

}  // namespace figment::weights
