#include "base/plain_text.h"

namespace figment {

std::string plain_text(std::string_view utf8, std::size_t most) {
  std::string text;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(utf8[i]); };
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const bool whole = (byte(i) & 0xC0) != 0x80;   // a character begins here
    if (whole && text.size() + 4 > most && utf8.size() > most) return text + "…";
    if (byte(i) < 0x20 || byte(i) == 0x7F) {
      text += ' ';
    } else if (byte(i) == 0xC2 && i + 1 < utf8.size() && byte(i + 1) >= 0x80 && byte(i + 1) < 0xA0) {
      text += ' ';
      ++i;
    } else {
      text += utf8[i];
    }
  }
  return text;
}

}  // namespace figment
