// The training configuration that audiocraft saves beside a network's weights, read by paths: "transformer_lm.dim".
//
//   Format   YAML as OmegaConf writes it. "${a.b}", alone in a value, stands for what the path a.b says, and is followed when it is
//            asked for; "???" is a value that was never given, and counts as absent, as null does. Unquoted words are numbers, yes and
//            no (YAML 1.1's words); quoted ones are text
//   Parser   yaml-cpp, which refuses more than 500 levels of nesting. Anchors are followed, not copied: nothing grows by them
//   Limits   a text of kLongest bytes (published ones have about 20 kB); 16 references in all that a value is found through; lists of 64; texts of 256 bytes
//   Errors   Corrupt naming the file, the path, what was wanted and what was found
//   Threads  one at a time

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace figment::neural {

class TrainingConfig {
 public:
  static constexpr std::size_t kLongest = std::size_t{256} << 10;

  // `name` stands in messages.
  [[nodiscard]] static TrainingConfig parse(std::string_view text, std::string name);

  [[nodiscard]] bool has(std::string_view path) const;
  // Without `otherwise` it must be there.
  [[nodiscard]] std::int64_t whole(std::string_view path, std::int64_t least, std::int64_t most, std::optional<std::int64_t> otherwise = std::nullopt) const;
  [[nodiscard]] double number(std::string_view path, double least, double most, std::optional<double> otherwise = std::nullopt) const;
  [[nodiscard]] bool yes(std::string_view path, std::optional<bool> otherwise = std::nullopt) const;
  [[nodiscard]] std::string text(std::string_view path, std::optional<std::string> otherwise = std::nullopt) const;
  // Must be there and not empty.
  [[nodiscard]] std::vector<std::int64_t> wholes(std::string_view path, std::int64_t least, std::int64_t most) const;
  // Empty where it is absent.
  [[nodiscard]] std::vector<std::string> texts(std::string_view path) const;
  // What a group's items are called, in order; empty where it is absent.
  [[nodiscard]] std::vector<std::string> names(std::string_view path) const;

  // What is found there, for messages: "\"gelu\"", "a list", "nothing".
  [[nodiscard]] std::string found(std::string_view path) const;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[noreturn]] void fail(std::string_view path, const std::string& wanted) const;

 private:
  struct Tree;
  TrainingConfig(std::shared_ptr<const Tree> tree, std::string name) : tree_(std::move(tree)), name_(std::move(name)) {}

  std::shared_ptr<const Tree> tree_;
  std::string name_;
};

}  // namespace figment::neural
