// The records of a ZIP archive that are stored, not compressed, as torch.save writes them.
//
//   Format   PKWARE's APPNOTE 6.3: the central directory at the end, with its 64-bit form; each record's local header
//   Checked  every offset and length against the file; names that stand twice; records that are compressed or encrypted are
//            Unsupported by name. CRCs are not looked at: weights are verified by SHA-256 where they are got
//   Errors   Corrupt, Unsupported

#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

namespace figment::weights {

using Records = std::map<std::string, std::span<const std::byte>, std::less<>>;

[[nodiscard]] Records read_zip(std::span<const std::byte> file, const std::string& name);

}  // namespace figment::weights
