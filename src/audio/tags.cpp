#include "audio/tags.h"

#include <taglib/fileref.h>
#include <taglib/tag.h>
#include <taglib/tpropertymap.h>

#include <cmath>
#include <cstdlib>

#include "base/error.h"

namespace figment::audio {
namespace {

TagLib::String utf8(const std::string& text) { return {text, TagLib::String::UTF8}; }

}  // namespace

void write_tags(const std::filesystem::path& file, const Tags& tags) {
  TagLib::FileRef ref(file.c_str(), false);
  if (ref.isNull()) throw Error(ErrorCode::Unsupported, file.string() + ": no tags can be written to this kind of file");
  TagLib::PropertyMap properties = ref.file()->properties();
  const auto set = [&](const char* name, const std::string& value) {
    if (!value.empty()) properties.replace(name, TagLib::StringList(utf8(value)));
  };
  set("TITLE", tags.title);
  set("ARTIST", tags.artist);
  set("COMMENT", tags.comment);
  set("GENRE", tags.genre);
  set("DATE", tags.date);
  set("INITIALKEY", tags.key);
  if (tags.bpm > 0) set("BPM", std::to_string(std::lround(tags.bpm)));
  for (const auto& [name, value] : tags.more) {
    if (value.empty()) properties.erase(utf8(name));
    else set(name.c_str(), value);
  }
  ref.file()->setProperties(properties);
  if (!ref.save()) throw Error(ErrorCode::Io, "cannot write the tags of " + file.string());
}

Tags read_tags(const std::filesystem::path& file) {
  TagLib::FileRef ref(file.c_str(), false);
  if (ref.isNull()) throw Error(ErrorCode::Unsupported, file.string() + ": no tags can be read from this kind of file");
  Tags tags;
  for (const auto& [name, values] : ref.file()->properties()) {
    const std::string value = values.toString("; ").to8Bit(true);
    const std::string field = name.to8Bit(true);
    if (field == "TITLE") tags.title = value;
    else if (field == "ARTIST") tags.artist = value;
    else if (field == "COMMENT") tags.comment = value;
    else if (field == "GENRE") tags.genre = value;
    else if (field == "DATE") tags.date = value;
    else if (field == "INITIALKEY") tags.key = value;
    else if (field == "BPM") tags.bpm = std::atof(value.c_str());
    else tags.more[field] = value;
  }
  return tags;
}

}  // namespace figment::audio
