// From the tables of a style file (already merged with what it extends) to a checked Style. Internal to compose;
// everybody else calls load_style or parse_style (compose/style.h).
//
//   Errors   Corrupt: "styles/trap.toml: track 3 (bass): loudness: wanted a number from -40 to 6, found \"loud\""
//   Cost     about a millisecond

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compose/style.h"
#include "storage/data_file.h"

namespace figment::compose {

// `where` is the file's name for messages. Style::id is left empty.
[[nodiscard]] Style read_style(const nlohmann::json& file, const std::string& where);

// Its parts. [[groove]] or [[fill]] (`key`): needs the style's metres, and for `like` in fills its grooves.
[[nodiscard]] std::vector<Groove> read_grooves(storage::Fields& f, const std::string& key, const Style& style);
// [[track]] and `kit`: needs metres and buses.
void read_tracks(storage::Fields& f, Style& style);

}  // namespace figment::compose
