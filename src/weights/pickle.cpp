#include "weights/pickle.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/error.h"
#include "weights/byte_reader.h"

namespace figment::weights {
namespace {

// What a file may make. Recalled values are copies, so a small file could ask for much; beyond these it is an attack on memory.
constexpr std::size_t kMostValues = 20'000'000, kMostText = 256U << 20;

}  // namespace

const Dict* Value::dict() const noexcept {
  const auto* held = std::get_if<const Dict*>(&is);
  return held != nullptr ? *held : nullptr;
}
const List* Value::list() const noexcept {
  const auto* held = std::get_if<const List*>(&is);
  return held != nullptr ? *held : nullptr;
}
const TensorOf* Value::tensor() const noexcept { return std::get_if<TensorOf>(&is); }
const std::string* Value::string() const noexcept { return std::get_if<std::string>(&is); }
const Value* Value::find(std::string_view key) const noexcept {
  if (const Dict* d = dict())
    for (const auto& [k, v] : d->items)
      if (const std::string* text = k.string(); text != nullptr && *text == key) return &v;
  return nullptr;
}

class PickleMachine {
 public:
  PickleMachine(std::span<const std::byte> bytes, const std::string& name) : in_(bytes, name), name_(name) {}

  Pickle run() {
    for (;;) {
      at_ = in_.at();
      if (step(in_.number<std::uint8_t>("its instructions"))) break;
    }
    return std::move(made_);
  }

 private:
  ByteReader in_;
  std::string name_;
  std::size_t at_ = 0, values_ = 0, letters_ = 0;
  Pickle made_;
  std::vector<Value> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Value> memo_;

  [[noreturn]] void broken(const std::string& problem) const {
    throw Error(ErrorCode::Corrupt, name_ + ": " + problem + ", at byte " + std::to_string(at_) + " of its pickle", "it may be incomplete: get it again");
  }
  [[noreturn]] void refuse(const std::string& function) const {
    throw Error(ErrorCode::Unsupported, name_ + " wants " + function + " called, which figment does not do for weight files",
                "get the same weights as .safetensors, or convert them with a program you trust");
  }

  void push(Value value) {
    count(1);
    if (const std::string* string = value.string()) letters_ += string->size();
    if (const auto* global = std::get_if<Global>(&value.is)) letters_ += global->name.size();
    if (letters_ > kMostText) broken("it makes too much text");
    stack_.push_back(std::move(value));
  }
  Value pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) broken("it takes a value that is not there");
    Value value = std::move(stack_.back());
    stack_.pop_back();
    return value;
  }
  Value& top() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) broken("it takes a value that is not there");
    return stack_.back();
  }
  std::vector<Value> pop_to_mark() {
    if (marks_.empty()) broken("it looks for a mark that is not there");
    std::vector<Value> items(std::make_move_iterator(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back())), std::make_move_iterator(stack_.end()));
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  Value new_list(std::vector<Value> items) {
    made_.lists_.push_back({std::move(items)});
    return {&std::as_const(made_.lists_.back())};
  }
  Value copied(const std::vector<Value>& items) {
    count(items.size());
    return new_list(items);
  }
  Value new_dict() {
    made_.dicts_.emplace_back();
    return {&std::as_const(made_.dicts_.back())};
  }
  // Only this machine changes what it made.
  List& changed_list(const Value& value) {
    const List* list = value.list();
    if (list == nullptr) broken("it adds to something that is no list");
    return const_cast<List&>(*list);
  }
  Dict& changed_dict(const Value& value) {
    const Dict* dict = value.dict();
    if (dict == nullptr) broken("it sets items of something that is no dict");
    return const_cast<Dict&>(*dict);
  }
  void count(std::size_t more) {
    values_ += more;
    if (values_ > kMostValues) broken("it makes too many values");
  }
  void set_items(const Value& dict, std::vector<Value> pairs) {
    if (pairs.size() % 2 != 0) broken("a dict gets a key without a value");
    auto& items = changed_dict(dict).items;
    count(pairs.size());
    for (std::size_t i = 0; i < pairs.size(); i += 2) items.emplace_back(std::move(pairs[i]), std::move(pairs[i + 1]));
  }
  void append(const Value& list, std::vector<Value> more) {
    auto& items = changed_list(list).items;
    count(more.size());
    items.insert(items.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }

  void text(std::uint64_t length) { push({std::string(in_.text(length, "a string"))}); }
  std::string line() {
    std::string all;
    for (char c = 0; (c = static_cast<char>(in_.number<std::uint8_t>("a name"))) != '\n';) all += c;
    return all;
  }
  void big_number(std::uint64_t length) {
    const auto digits = in_.take(length, "a number");
    if (length > 8) return push({0.0});          // a hash or a random state: no weight file's fact is that large
    std::uint64_t bits = length > 0 && (static_cast<unsigned>(digits.back()) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = digits.size(); i-- > 0;) bits = bits << 8 | static_cast<std::uint64_t>(digits[i]);
    push({static_cast<std::int64_t>(bits)});
  }
  void remember(std::uint64_t as) {
    count(1);
    memo_.insert_or_assign(as, top());
  }
  void recall(std::uint64_t as) {
    const auto found = memo_.find(as);
    if (found == memo_.end()) broken("it recalls number " + std::to_string(as) + ", which was never kept");
    push(found->second);
  }

  std::int64_t whole(const Value& value, const char* what) const {
    const auto* number = std::get_if<std::int64_t>(&value.is);
    if (number == nullptr) broken(std::string(what) + " is no whole number");
    return *number;
  }
  std::vector<std::int64_t> sizes(const Value& value, const char* what) const {
    const List* list = value.list();
    if (list == nullptr || list->items.size() > 32) broken(std::string(what) + " is no list of at most 32 sizes");
    std::vector<std::int64_t> all;
    for (const Value& item : list->items) all.push_back(whole(item, what));
    return all;
  }

  void persistent() {
    const Value id = pop();
    const List* parts = id.list();
    if (parts == nullptr || parts->items.size() < 5) broken("a storage is told by something else than five facts");
    const auto& items = parts->items;
    const std::string* kind = items[0].string();
    const auto* type = std::get_if<Global>(&items[1].is);
    const std::string* key = items[2].string();
    if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr) broken("a storage is told by something else than its kind, class and key");
    push({Storage{type->name, *key, whole(items[4], "a storage's length")}});
  }

  // The calls that are made: a function's name and what it is given.
  void call() {
    const Value given = pop();
    const Value function = pop();
    const auto* global = std::get_if<Global>(&function.is);
    if (global == nullptr) broken("it calls something that is no function");
    const List* arguments = given.list();
    if (arguments == nullptr) broken("it calls " + global->name + " without a list of arguments");
    const auto& a = arguments->items;
    const std::string& name = global->name;
    if (name == "torch._utils._rebuild_tensor_v2") {
      if (a.size() < 4) broken("a tensor is built from less than four facts");
      const auto* storage = std::get_if<Storage>(&a[0].is);
      if (storage == nullptr) broken("a tensor is built from something that is no storage");
      push({TensorOf{*storage, whole(a[1], "a tensor's offset"), sizes(a[2], "a tensor's shape"), sizes(a[3], "a tensor's strides")}});
    } else if (name == "torch._utils._rebuild_parameter") {
      if (a.empty() || a[0].tensor() == nullptr) broken("a parameter is built from something that is no tensor");
      push(a[0]);
    } else if (name == "collections.OrderedDict" || name == "builtins.dict" || name == "__builtin__.dict") {
      const Value dict = new_dict();
      if (!a.empty()) {                           // a list of pairs
        const List* pairs = a[0].list();
        if (pairs == nullptr) broken("a dict is built from something that is no list");
        std::vector<Value> flat;
        for (const Value& pair : pairs->items) {
          if (pair.list() == nullptr || pair.list()->items.size() != 2) broken("a dict is built from something that is no pair");
          flat.push_back(pair.list()->items[0]);
          flat.push_back(pair.list()->items[1]);
        }
        set_items(dict, std::move(flat));
      }
      push(dict);
    } else if (name == "collections.defaultdict") {
      push(new_dict());
    } else if (name == "torch.Size" || name == "builtins.set" || name == "__builtin__.set" || name == "builtins.list" || name == "builtins.tuple") {
      push(a.empty() ? new_list({}) : a[0].list() != nullptr ? a[0] : copied(a));
    } else if (name == "fractions.Fraction") {
      push(fraction(a));
    } else if (name == "torch.device") {
      push(a.empty() ? Value{std::string("cpu")} : a[0]);
    } else {
      refuse(name);
    }
  }
  Value fraction(const std::vector<Value>& a) const {
    if (a.size() == 2) return {static_cast<double>(whole(a[0], "a fraction")) / static_cast<double>(whole(a[1], "a fraction"))};
    const std::string* told = a.size() == 1 ? a[0].string() : nullptr;
    if (told == nullptr) broken("a fraction is told by something else than two numbers");
    double over = 0, under = 0;
    bool below = false;
    for (const char c : *told) {
      if (c == '/' && !below) {
        below = true;
      } else if (c >= '0' && c <= '9') {
        double& x = below ? under : over;
        x = 10 * x + (c - '0');
      } else {
        broken("a fraction is told as \"" + *told + "\"");
      }
    }
    return {below ? over / under : over};
  }

  // What an object is given after it was made. Dicts carry versions here, which say nothing about weights.
  void build() {
    pop();
    if (top().dict() == nullptr) broken("it fills something that is no dict");
  }

  bool step(std::uint8_t instruction);
};

// True at the end. The letters are pickletools' own.
bool PickleMachine::step(std::uint8_t instruction) {
  const char* what = "its instructions";
  switch (instruction) {
    case 0x80:                                                                     // PROTO
      if (const int version = in_.number<std::uint8_t>(what); version > 5) broken("it is of pickle's protocol " + std::to_string(version));
      break;
    case 0x95: in_.number<std::uint64_t>(what); break;                             // FRAME
    case '.':                                                                      // STOP
      made_.root_ = pop();
      return true;
    case '(': marks_.push_back(stack_.size()); break;                              // MARK
    case '0': pop(); break;                                                        // POP
    case '1': pop_to_mark(); break;                                                // POP_MARK
    case '2': push(top()); break;                                                  // DUP
    case 'N': push({None{}}); break;                                               // NONE
    case 0x88: push({true}); break;                                                // NEWTRUE
    case 0x89: push({false}); break;                                               // NEWFALSE
    case 'J': push({static_cast<std::int64_t>(in_.number<std::int32_t>(what))}); break;    // BININT
    case 'K': push({static_cast<std::int64_t>(in_.number<std::uint8_t>(what))}); break;    // BININT1
    case 'M': push({static_cast<std::int64_t>(in_.number<std::uint16_t>(what))}); break;   // BININT2
    case 0x8A: big_number(in_.number<std::uint8_t>(what)); break;                  // LONG1
    case 0x8B: big_number(in_.number<std::uint32_t>(what)); break;                 // LONG4
    case 'G': {                                                                    // BINFLOAT: big-endian
      const auto bytes = in_.take(8, "a number");
      std::uint64_t bits = 0;
      for (const std::byte b : bytes) bits = bits << 8 | static_cast<std::uint64_t>(b);
      push({std::bit_cast<double>(bits)});
      break;
    }
    case 'X': text(in_.number<std::uint32_t>(what)); break;                        // BINUNICODE
    case 0x8C: text(in_.number<std::uint8_t>(what)); break;                        // SHORT_BINUNICODE
    case 0x8D: text(in_.number<std::uint64_t>(what)); break;                       // BINUNICODE8
    case 'T': text(in_.number<std::uint32_t>(what)); break;                        // BINSTRING
    case 'U': text(in_.number<std::uint8_t>(what)); break;                         // SHORT_BINSTRING
    case 'B': text(in_.number<std::uint32_t>(what)); break;                        // BINBYTES
    case 'C': text(in_.number<std::uint8_t>(what)); break;                         // SHORT_BINBYTES
    case '}': push(new_dict()); break;                                             // EMPTY_DICT
    case ']':                                                                      // EMPTY_LIST
    case ')':                                                                      // EMPTY_TUPLE
    case 0x8F: push(new_list({})); break;                                          // EMPTY_SET
    case 'a': {                                                                    // APPEND
      std::vector<Value> one;
      one.push_back(pop());
      append(top(), std::move(one));
      break;
    }
    case 'e':                                                                      // APPENDS
    case 0x90: {                                                                   // ADDITEMS
      auto more = pop_to_mark();
      append(top(), std::move(more));
      break;
    }
    case 's': {                                                                    // SETITEM
      std::vector<Value> pair(2);
      pair[1] = pop();
      pair[0] = pop();
      set_items(top(), std::move(pair));
      break;
    }
    case 'u': {                                                                    // SETITEMS
      auto pairs = pop_to_mark();
      set_items(top(), std::move(pairs));
      break;
    }
    case 't':                                                                      // TUPLE
    case 'l':                                                                      // LIST
    case 0x91: push(new_list(pop_to_mark())); break;                               // FROZENSET
    case 0x85:                                                                     // TUPLE1
    case 0x86:                                                                     // TUPLE2
    case 0x87: {                                                                   // TUPLE3
      std::vector<Value> items(static_cast<std::size_t>(instruction - 0x84));
      for (std::size_t i = items.size(); i-- > 0;) items[i] = pop();
      push(new_list(std::move(items)));
      break;
    }
    case 'd': {                                                                    // DICT
      auto pairs = pop_to_mark();
      const Value dict = new_dict();
      set_items(dict, std::move(pairs));
      push(dict);
      break;
    }
    case 'q': remember(in_.number<std::uint8_t>(what)); break;                     // BINPUT
    case 'r': remember(in_.number<std::uint32_t>(what)); break;                    // LONG_BINPUT
    case 0x94: remember(memo_.size()); break;                                      // MEMOIZE
    case 'h': recall(in_.number<std::uint8_t>(what)); break;                       // BINGET
    case 'j': recall(in_.number<std::uint32_t>(what)); break;                      // LONG_BINGET
    case 'c': {                                                                    // GLOBAL
      const std::string module = line();
      push({Global{module + "." + line()}});
      break;
    }
    case 0x93: {                                                                   // STACK_GLOBAL
      const Value function = pop(), module = pop();
      if (function.string() == nullptr || module.string() == nullptr) broken("it names a function by something that is no string");
      push({Global{*module.string() + "." + *function.string()}});
      break;
    }
    case 'Q': persistent(); break;                                                 // BINPERSID
    case 'R':                                                                      // REDUCE
    case 0x81: call(); break;                                                      // NEWOBJ
    case 'b': build(); break;                                                      // BUILD
    default: {
      constexpr std::string_view kDigits = "0123456789abcdef";
      broken(std::string("it has an instruction 0x") + kDigits[instruction >> 4U] + kDigits[instruction & 15U] + " that weight files do not need");
    }
  }
  return false;
}

Pickle Pickle::parse(std::span<const std::byte> bytes, const std::string& name) { return PickleMachine(bytes, name).run(); }

}  // namespace figment::weights
