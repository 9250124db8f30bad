// Files that are whole or not there.
//
//   Method   write to NAME.part in the same folder, fsync, rename, fsync the folder
//   Errors   Io with the path and the system's reason; a full disk says so and what to do

#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace figment::storage {

enum class Sync { Yes, No };   // No: for what can be made again
void write_file(const std::filesystem::path& file, std::string_view content, Sync sync = Sync::Yes);

// What is told of a long file as it is read: the piece, of at most a megabyte. It may throw, which ends the work.
using Piece = std::function<void(std::string_view)>;
// Error NotFound, Io.
void read_pieces(const std::filesystem::path& file, const Piece& piece);
// The same bytes under another name, synced. Error NotFound, Io; there is no copy then.
void copy_file(const std::filesystem::path& from, const std::filesystem::path& to, const Piece& piece = {});

// Names in it are on the disk. What cannot be synced is left to the system.
void sync_folder(const std::filesystem::path& folder) noexcept;

// Error NotFound, Io, or Corrupt when larger than `most` bytes.
[[nodiscard]] std::string read_file(const std::filesystem::path& file, std::uintmax_t most = 64U << 20);

// Makes the folder and its parents. Error Io with the reason.
void make_folder(const std::filesystem::path& folder);

// A relative path from a document, resolved below `root`. Error Corrupt when it is absolute, empty or climbs out.
[[nodiscard]] std::filesystem::path path_inside(const std::filesystem::path& root, std::string_view relative);

}  // namespace figment::storage
