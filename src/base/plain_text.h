// Words of others, made fit to be shown: no control characters, with which a terminal could be made to lie, and not too long.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace figment {

// `utf8` with a space for each control character (C0, DEL, C1), cut after a whole character and ended with "…" where it is longer
// than `most` bytes. Of what is not UTF-8 only bytes below 0x80 are looked at.
[[nodiscard]] std::string plain_text(std::string_view utf8, std::size_t most);

}  // namespace figment
