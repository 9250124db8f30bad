#include "weights/zip_archive.h"

#include <algorithm>

#include "base/error.h"
#include "weights/byte_reader.h"

namespace figment::weights {
namespace {

constexpr std::uint32_t kEnd = 0x06054B50, kEnd64 = 0x06064B50, kLocator64 = 0x07064B50, kEntry = 0x02014B50, kLocal = 0x04034B50;
constexpr std::size_t kEndSize = 22, kLocatorSize = 20, kLongestComment = 65535;

struct Directory {
  std::uint64_t offset = 0, count = 0;
};

Directory find_directory(std::span<const std::byte> bytes, ByteReader& file) {
  if (bytes.size() < kEndSize) file.fail("is too short for an archive");
  const std::size_t last = bytes.size() - kEndSize, first = last > kLongestComment ? last - kLongestComment : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    file.skip_to(at);
    if (file.number<std::uint32_t>("its end") != kEnd) continue;
    file.take(6, "its end");
    Directory directory;
    directory.count = file.number<std::uint16_t>("its end");
    file.take(4, "its end");
    directory.offset = file.number<std::uint32_t>("its end");
    if (directory.count != 0xFFFF && directory.offset != 0xFFFFFFFF) return directory;
    if (at < kLocatorSize) file.fail("has no place for its 64-bit directory");
    file.skip_to(at - kLocatorSize);
    if (file.number<std::uint32_t>("its end") != kLocator64) file.fail("lacks the 64-bit directory that it speaks of");
    file.take(4, "its end");
    const auto end64 = file.number<std::uint64_t>("its end");
    if (end64 > bytes.size()) file.fail("says that its directory's end is beyond its own");
    file.skip_to(static_cast<std::size_t>(end64));
    if (file.number<std::uint32_t>("its 64-bit directory") != kEnd64) file.fail("has no 64-bit directory where it says");
    file.take(28, "its 64-bit directory");
    directory.count = file.number<std::uint64_t>("its 64-bit directory");
    file.take(8, "its 64-bit directory");
    directory.offset = file.number<std::uint64_t>("its 64-bit directory");
    return directory;
  }
  file.fail("is no archive, or its end is missing");
}

// The 64-bit forms of what does not fit into 32 bits, in this order.
void read_extra(std::span<const std::byte> extra, const std::string& name, std::uint64_t& size, std::uint64_t& stored, std::uint64_t& offset) {
  ByteReader in(extra, name);
  while (in.left() >= 4) {
    const auto kind = in.number<std::uint16_t>("a record's facts"), length = in.number<std::uint16_t>("a record's facts");
    ByteReader field(in.take(length, "a record's facts"), name);
    if (kind != 1) continue;
    for (std::uint64_t* x : {&size, &stored, &offset})
      if (*x == 0xFFFFFFFF) *x = field.number<std::uint64_t>("a record's facts");
  }
}

}  // namespace

Records read_zip(std::span<const std::byte> bytes, const std::string& file_name) {
  ByteReader file(bytes, file_name);
  const Directory directory = find_directory(bytes, file);
  if (directory.offset > bytes.size() || directory.count > bytes.size() / 46) file.fail("has a directory that does not fit in it");
  file.skip_to(static_cast<std::size_t>(directory.offset));
  Records records;
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    const char* what = "its directory";
    if (file.number<std::uint32_t>(what) != kEntry) file.fail("has a directory that is broken at its record " + std::to_string(i + 1));
    file.take(4, what);
    const auto flags = file.number<std::uint16_t>(what), method = file.number<std::uint16_t>(what);
    file.take(8, what);
    std::uint64_t stored = file.number<std::uint32_t>(what), size = file.number<std::uint32_t>(what);
    const auto name_length = file.number<std::uint16_t>(what), extra_length = file.number<std::uint16_t>(what), comment_length = file.number<std::uint16_t>(what);
    file.take(8, what);
    std::uint64_t offset = file.number<std::uint32_t>(what);
    const std::string name(file.text(name_length, what));
    read_extra(file.take(extra_length, what), file_name, size, stored, offset);
    file.take(comment_length, what);
    if ((flags & 1U) != 0 || method != 0)
      throw Error(ErrorCode::Unsupported, file_name + ": the record \"" + name + "\" is " + ((flags & 1U) != 0 ? "encrypted" : "compressed") + ", which PyTorch's archives are not");
    if (stored != size) file.fail("has a record \"" + name + "\" with two lengths");
    ByteReader local(bytes, file_name);
    if (offset > bytes.size()) file.fail("has a record \"" + name + "\" beyond its end");
    local.skip_to(static_cast<std::size_t>(offset));
    if (local.number<std::uint32_t>("a record") != kLocal) file.fail("has no record where its directory says that \"" + name + "\" is");
    local.take(22, "a record");
    const auto local_name = local.number<std::uint16_t>("a record"), local_extra = local.number<std::uint16_t>("a record");
    local.take(static_cast<std::uint64_t>(local_name) + local_extra, "a record");
    if (size > local.left()) file.fail("is too short for its record \"" + name + "\" of " + std::to_string(size) + " bytes");
    if (!records.emplace(name, local.take(size, "a record")).second) file.fail("has two records \"" + name + "\"");
  }
  return records;
}

}  // namespace figment::weights
