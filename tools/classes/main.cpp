// figment-classes teach OUT.json [COPIES]      learns, and says how many of the sounds held back are told right
// figment-classes judge LIST.tsv               how many of a list's one-shots (path … "class=kick") are told right
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "audio/sound_stream.h"
#include "base/error.h"
#include "base/executor.h"
#include "base/hash.h"
#include "examples.h"
#include "network.h"

namespace figment::classes {
namespace {

using sampling::kClasses;

std::filesystem::path data_dir() {
  const char* told = std::getenv("FIGMENT_DATA");
  return told != nullptr ? told : FIGMENT_SOURCE_DIR;
}

void teach_to(const std::string& out, int copies) {
  const std::vector<Sound> sounds = play_sounds(data_dir());
  std::vector<std::size_t> counts(kClasses, 0);
  for (const Sound& s : sounds) ++counts[static_cast<std::size_t>(s.kind)];
  for (std::size_t c = 0; c < kClasses; ++c) std::printf("%-12s %zu\n", std::string(sampling::name(static_cast<sampling::SoundClass>(c))).c_str(), counts[c]);
  std::vector<Labelled> all(sounds.size() * static_cast<std::size_t>(copies));
  parallel_for(all.size(), [&](std::size_t i) {
    const Sound& s = sounds[i / static_cast<std::size_t>(copies)];
    const auto x = i % static_cast<std::size_t>(copies) == 0 ? s.mono : disturbed(s, sounds, Random(99).fork(i));
    all[i] = {sampling::traits_of(x.data(), static_cast<std::int64_t>(x.size())), static_cast<std::size_t>(s.kind)};
  });
  std::vector<Labelled> learn, held;
  for (std::size_t i = 0; i < all.size(); ++i) (sha256(sounds[i / static_cast<std::size_t>(copies)].source)[0] == '0' || sha256(sounds[i / static_cast<std::size_t>(copies)].source)[0] == '7' ? held : learn).push_back(all[i]);
  const sampling::Classifier check{std::string_view(teach(learn, 40, 25))};
  std::map<std::string, std::pair<int, int>> right;
  for (const Labelled& e : held) {
    const auto p = check(e.traits);
    auto& r = right[std::string(sampling::name(static_cast<sampling::SoundClass>(e.kind)))];
    r.first += static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin()) == e.kind;
    ++r.second;
  }
  int hits = 0, tried = 0;
  for (const auto& [name, r] : right) {
    std::printf("held back  %-12s %4d of %4d\n", name.c_str(), r.first, r.second);
    hits += r.first, tried += r.second;
  }
  std::printf("held back  %d of %d\n", hits, tried);
  std::ofstream(out) << teach(all, 40, 25);
}

void judge(const std::string& list) {
  const sampling::Classifier classify(data_dir());
  std::ifstream in(list);
  int right = 0, tried = 0;
  std::map<std::string, std::pair<int, int>> per_class;
  for (std::string line; std::getline(in, line);) {
    const auto at = line.find("class=");
    if (at == std::string::npos) continue;
    const std::string file = line.substr(0, line.find('\t'));
    std::string wanted = line.substr(at + 6, line.find(';', at) - at - 6);
    // "percussion|tonal": either is right.
    std::set<std::string> allowed;
    std::stringstream names(wanted);
    for (std::string w; std::getline(names, w, '|');) allowed.insert(w);
    const auto sound = audio::read_sound(std::filesystem::path(list).parent_path() / file, Hertz{44100}, Seconds{60});
    std::vector<float> mono(static_cast<std::size_t>(sound.frames()));
    float peak = 1e-9F;
    for (std::size_t n = 0; n < mono.size(); ++n) {
      for (int c = 0; c < sound.channels(); ++c) mono[n] += sound.channel(c)[n] / static_cast<float>(sound.channels());
      peak = std::max(peak, std::abs(mono[n]));
    }
    std::size_t begin = 0;
    while (begin < mono.size() && std::abs(mono[begin]) < 0.01F * peak) ++begin;
    begin -= std::min<std::size_t>(begin, 30);
    const auto p = classify(sampling::traits_of(mono.data() + begin, static_cast<std::int64_t>(mono.size() - begin)));
    const auto best = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
    const std::string found(sampling::name(static_cast<sampling::SoundClass>(best)));
    const bool hit = allowed.contains(found);
    right += hit, ++tried;
    per_class[wanted].first += hit, ++per_class[wanted].second;
    if (!hit) std::printf("%-60s %-12s heard as %s (%.2f)\n", file.substr(file.rfind('/') + 1).c_str(), wanted.c_str(), found.c_str(), p[best]);
  }
  for (const auto& [name, r] : per_class) std::printf("%-20s %3d of %3d\n", name.c_str(), r.first, r.second);
  std::printf("right: %d of %d (%.1f %%)\n", right, tried, 100.0 * right / std::max(tried, 1));
}

// Sounds of a loop: cut from each known onset to the next. Of sounds struck together either name is right, but a hat over a
// drum is the drum.
void judge_loop(const std::string& file, const std::string& csv) {
  const sampling::Classifier classify(data_dir());
  const auto sound = audio::read_sound(file, Hertz{44100}, Seconds{600});
  std::vector<float> mono(static_cast<std::size_t>(sound.frames()));
  for (int c = 0; c < sound.channels(); ++c)
    for (std::size_t n = 0; n < mono.size(); ++n) mono[n] += sound.channel(c)[n] / static_cast<float>(sound.channels());
  std::vector<std::pair<double, std::set<std::string>>> onsets;
  std::ifstream in(csv);
  for (std::string line; std::getline(in, line);) {
    std::stringstream words(line);
    std::string time, kind;
    std::getline(words, time, ',');
    std::getline(words, kind, ',');
    if (time.empty() || !std::isdigit(static_cast<unsigned char>(time[0]))) continue;
    if (kind == "hat_closed") kind = "closed_hat";
    if (kind == "hat_open") kind = "open_hat";
    if (kind == "cymbal_open") kind = "cymbal";
    if (onsets.empty() || std::stod(time) - onsets.back().first > 0.025) onsets.push_back({std::stod(time), {}});
    onsets.back().second.insert(kind);
  }
  std::map<std::string, std::map<std::string, int>> table;
  int right = 0;
  for (std::size_t i = 0; i < onsets.size(); ++i) {
    auto& [at, kinds] = onsets[i];
    if (kinds.size() > 1) kinds.erase("closed_hat");
    const double next = i + 1 < onsets.size() ? onsets[i + 1].first - 0.002 : static_cast<double>(mono.size()) / 44100;
    const auto begin = static_cast<std::size_t>(std::max(0.0, at - 0.001) * 44100), end = std::min(mono.size(), static_cast<std::size_t>(next * 44100));
    const auto p = classify(sampling::traits_of(mono.data() + begin, static_cast<std::int64_t>(end - begin)));
    const std::string found(sampling::name(static_cast<sampling::SoundClass>(std::max_element(p.begin(), p.end()) - p.begin())));
    right += kinds.contains(found);
    std::string wanted;
    for (const std::string& k : kinds) wanted += (wanted.empty() ? "" : "+") + k;
    ++table[wanted][found];
  }
  for (const auto& [wanted, found] : table) {
    std::printf("%-24s", wanted.c_str());
    for (const auto& [kind, count] : found) std::printf(" %s %d", kind.c_str(), count);
    std::printf("\n");
  }
  std::printf("right: %d of %zu\n", right, onsets.size());
}

}  // namespace
}  // namespace figment::classes

int main(int argc, char** argv) {
  try {
    if (argc >= 3 && std::string(argv[1]) == "teach") return figment::classes::teach_to(argv[2], argc > 3 ? std::atoi(argv[3]) : 6), 0;
    if (argc == 3 && std::string(argv[1]) == "judge") return figment::classes::judge(argv[2]), 0;
    if (argc == 4 && std::string(argv[1]) == "loop") return figment::classes::judge_loop(argv[2], argv[3]), 0;
    std::fprintf(stderr, "figment-classes teach OUT.json [COPIES] | judge LIST.tsv | loop SOUND ONSETS.csv\n");
    return 2;
  } catch (const figment::Error& e) {
    std::fprintf(stderr, "figment-classes: %s\n", e.what());
    return 1;
  }
}
