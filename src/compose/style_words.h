// The words a style file may use where a word means something to the composer: one table a kind, so that a typo is an
// error and the messages can list what there is. Adding a word here is not enough: a part writer must know it too.

#pragma once

#include <span>
#include <string_view>

namespace figment::compose {

[[nodiscard]] std::span<const std::string_view> families() noexcept;          // "hip-hop" "house" …
[[nodiscard]] std::span<const std::string_view> section_kinds() noexcept;     // "intro" "verse" …
[[nodiscard]] std::span<const std::string_view> transition_kinds() noexcept;  // "riser" "fill" …
[[nodiscard]] std::span<const std::string_view> roles() noexcept;             // "kick" "bass" …
[[nodiscard]] std::span<const std::string_view> corpora() noexcept;           // "pop" "folk" "chorale"
[[nodiscard]] std::span<const std::string_view> voicings() noexcept;          // "close" "shell" …
// The ways in which a part of this role can play, the usual one first; empty for drums and effects.
[[nodiscard]] std::span<const std::string_view> patterns_of(std::string_view role) noexcept;

}  // namespace figment::compose
