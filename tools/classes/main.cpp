// figment-classes teach OUT.json [--real LIST.tsv]… [--without SOURCE]… [--copies N] [--networks N] [--cache FILE] [--check]
//                                              learns; --check says how many of the sounds of sources held back are told right
// figment-classes judge LIST.tsv [--weights FILE.json] [--without TEXT]…
//                                              how many of a list's one-shots (path … "class=kick") are told right, but for
//                                              lines that have TEXT
// figment-classes loop SOUND ONSETS.csv [--weights FILE.json]
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "audio/sound_stream.h"
#include "base/error.h"
#include "base/executor.h"
#include "base/hash.h"
#include "examples.h"
#include "network.h"
#include "sampling/chop.h"
#include "sampling/fit.h"
#include "storage/files.h"

namespace figment::classes {
namespace {

using sampling::kClasses;

std::filesystem::path data_dir() {
  const char* told = std::getenv("FIGMENT_DATA");
  return told != nullptr ? told : FIGMENT_SOURCE_DIR;
}

struct Wanted {
  std::string out, list;
  std::vector<std::string> real, without;
  std::string cache;                    // traits kept from one lesson to the next: playing takes longer than learning
  std::string weights;                  // to judge with; empty: those of the data folder
  int copies = 5, networks = 5;
  bool check = false;
};

// Which class was heard as which, and how many right.
class Table {
 public:
  void add(std::size_t wanted, std::size_t heard) { ++count_[wanted][heard]; }
  void print() const {
    std::printf("%-12s", "");
    for (std::size_t c = 0; c < kClasses; ++c) std::printf("%6.5s", std::string(sampling::name(static_cast<sampling::SoundClass>(c))).c_str());
    std::printf("\n");
    int right = 0, tried = 0;
    double mean = 0;
    int classes = 0;
    for (std::size_t c = 0; c < kClasses; ++c) {
      int all = 0;
      for (const int n : count_[c]) all += n;
      if (all == 0) continue;
      std::printf("%-12s", std::string(sampling::name(static_cast<sampling::SoundClass>(c))).c_str());
      for (const int n : count_[c]) n == 0 ? std::printf("     .") : std::printf("%6d", n);
      std::printf("  %4d of %4d\n", count_[c][c], all);
      right += count_[c][c], tried += all, ++classes;
      mean += static_cast<double>(count_[c][c]) / all;
    }
    std::printf("right: %d of %d (%.1f %%); mean of classes %.1f %%\n", right, tried, 100.0 * right / std::max(tried, 1), 100 * mean / std::max(classes, 1));
  }

 private:
  std::array<std::array<int, kClasses>, kClasses> count_{};
};

std::size_t best_of(const std::array<double, kClasses>& p) { return static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin()); }

class Lesson {
 public:
  explicit Lesson(const Wanted& wanted) : wanted_(wanted) {
    if (!wanted.cache.empty() && std::filesystem::exists(wanted.cache)) {
      load();
    } else {
      play();
      if (!wanted.cache.empty()) save();
    }
    for (const Sound& s : sounds_)
      if (s.real) sources_.insert(s.source);
  }

  void play() {
    sounds_ = play_sounds(data_dir());
    for (const std::string& list : wanted_.real)
      for (Sound& s : read_sounds(list))
        if (std::find(wanted_.without.begin(), wanted_.without.end(), s.source) == wanted_.without.end()) sounds_.push_back(std::move(s));
    const auto copies = static_cast<std::size_t>(wanted_.copies);
    examples_.resize(sounds_.size() * copies);
    parallel_for(examples_.size(), [&](std::size_t i) {
      const Sound& s = sounds_[i / copies];
      const auto x = i % copies == 0 ? s.mono : disturbed(s, sounds_, Random(99).fork(i));
      examples_[i] = {sampling::traits_of(x.data(), static_cast<std::int64_t>(x.size())), static_cast<std::size_t>(s.kind)};
    });
  }

  void save() const {
    std::ofstream out(wanted_.cache, std::ios::binary);
    for (std::size_t i = 0; i < sounds_.size(); ++i) {
      out << static_cast<int>(sounds_[i].kind) << (sounds_[i].real ? " 1 " : " 0 ") << sounds_[i].source << "\n";
      out.write(reinterpret_cast<const char*>(&examples_[i * static_cast<std::size_t>(wanted_.copies)]), static_cast<std::streamsize>(sizeof(Labelled)) * wanted_.copies);
    }
  }

  void load() {
    std::ifstream in(wanted_.cache, std::ios::binary);
    std::vector<Labelled> copies(static_cast<std::size_t>(wanted_.copies));
    int kind = 0, real = 0;
    for (std::string source; in >> kind >> real && in.get() && std::getline(in, source);) {
      in.read(reinterpret_cast<char*>(copies.data()), static_cast<std::streamsize>(sizeof(Labelled) * copies.size()));
      if (std::find(wanted_.without.begin(), wanted_.without.end(), source) != wanted_.without.end()) continue;
      sounds_.push_back({{}, static_cast<sampling::SoundClass>(kind), source, real != 0});
      examples_.insert(examples_.end(), copies.begin(), copies.end());
    }
  }

  void count() const {
    std::array<std::array<int, 2>, kClasses> counts{};
    for (const Sound& s : sounds_) ++counts[static_cast<std::size_t>(s.kind)][s.real ? 1 : 0];
    for (std::size_t c = 0; c < kClasses; ++c) std::printf("%-12s played %4d, real %4d\n", std::string(sampling::name(static_cast<sampling::SoundClass>(c))).c_str(), counts[c][0], counts[c][1]);
  }

  // Of all sounds but those `left_out`. A third of what is drawn of a class is real where several sources have it; a big source
  // counts little more than a small one, lest one library stands for all.
  [[nodiscard]] std::string learn(const std::function<bool(const Sound&)>& left_out, int networks) const {
    std::map<std::pair<std::string, std::size_t>, int> size;
    for (const Sound& s : sounds_)
      if (s.real && !left_out(s)) ++size[{s.source, static_cast<std::size_t>(s.kind)}];
    std::array<double, kClasses> real{}, played{};
    constexpr double kPower = 0.25, kHalf = 0.35, kEnough = 8;
    for (const auto& [key, n] : size) real[key.second] += std::pow(n, kPower);
    for (const Sound& s : sounds_)
      if (!s.real && !left_out(s)) played[static_cast<std::size_t>(s.kind)] += 1;
    std::vector<Labelled> taken;
    std::set<std::string> used;
    const auto copies = static_cast<std::size_t>(wanted_.copies);
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      const Sound& s = sounds_[i / copies];
      if (left_out(s)) continue;
      taken.push_back(examples_[i]);
      const auto c = static_cast<std::size_t>(s.kind);
      const double share = std::min(kHalf, real[c] / kEnough);
      taken.back().weight = s.real ? share / real[c] * std::pow(size[{s.source, c}], kPower - 1) : (1 - share) / played[c];
      if (s.real) used.insert(s.source);
    }
    Plan plan;
    plan.networks = networks;
    plan.learned_from = "one-shots played by Figment's own presets, FluidR3's General MIDI kits, instruments and choirs (MIT), espeak-ng and flite; tools/classes";
    if (!used.empty()) {
      plan.learned_from += "; recordings in the public domain (CC0 1.0, Unlicense):";
      for (const std::string& s : used) plan.learned_from += " " + s;
    }
    return teach(taken, plan);
  }

  void hear(const std::string& weights, const std::function<bool(const Sound&)>& which, Table& table, bool copies_too) const {
    const sampling::Classifier classify{std::string_view(weights)};
    const auto copies = static_cast<std::size_t>(wanted_.copies);
    for (std::size_t i = 0; i < examples_.size(); i += copies_too ? 1 : copies)
      if (which(sounds_[i / copies])) table.add(examples_[i].kind, best_of(classify(examples_[i].traits)));
  }

  // Every real source by networks that never heard it, an eighth of the sources at a time; of the played sounds, an eighth of the presets held back.
  void check() const {
    const auto held = [](const Sound& s) { return !s.real && (sha256(s.source)[0] == '0' || sha256(s.source)[0] == '7'); };
    Table played;
    hear(learn(held, 1), held, played, true);
    std::printf("\nplayed sounds held back by source\n");
    played.print();
    Table real;
    constexpr std::size_t kParts = 8;
    for (std::size_t part = 0; part < kParts; ++part) {
      std::set<std::string> held_back;
      std::size_t i = 0;
      for (const std::string& source : sources_)
        if (i++ % kParts == part) held_back.insert(source);
      const auto mine = [&](const Sound& s) { return s.real && held_back.contains(s.source); };
      hear(learn(mine, 2), mine, real, false);
    }
    std::printf("\neach real source by networks that did not hear it\n");
    real.print();
  }

 private:
  Wanted wanted_;
  std::vector<Sound> sounds_;
  std::vector<Labelled> examples_;
  std::set<std::string> sources_;
};

void teach_to(const Wanted& wanted) {
  const Lesson lesson(wanted);
  lesson.count();
  if (wanted.check) lesson.check();
  std::ofstream(wanted.out) << lesson.learn([](const Sound&) { return false; }, wanted.networks);
}

sampling::Classifier classifier(const Wanted& wanted) {
  return wanted.weights.empty() ? sampling::Classifier(data_dir()) : sampling::Classifier(std::string_view(storage::read_file(wanted.weights)));
}

void judge(const Wanted& wanted) {
  const sampling::Classifier classify = classifier(wanted);
  std::ifstream in(wanted.list);
  Table table;
  int right = 0, tried = 0;
  double seconds = 0;
  const char* told = std::getenv("FIGMENT_CLIPS");         // where a list's sounds lie, if not beside it
  for (std::string line; std::getline(in, line);) {
    const auto at = line.find("class=");
    if (at == std::string::npos) continue;
    if (std::any_of(wanted.without.begin(), wanted.without.end(), [&](const std::string& w) { return line.find(w) != std::string::npos; })) continue;
    const std::string file = line.substr(0, line.find('\t'));
    // "percussion|tonal": either is right, and the first is the one counted where neither was heard.
    std::vector<std::size_t> allowed;
    std::stringstream names(line.substr(at + 6, line.find_first_of(";\t", at) - at - 6));
    for (std::string w; std::getline(names, w, '|');)
      if (class_named(w) < kClasses) allowed.push_back(class_named(w));
    if (allowed.empty()) continue;
    const auto mono = trimmed(audio::read_sound((told != nullptr ? std::filesystem::path(told) : std::filesystem::path(wanted.list).parent_path()) / file, Hertz{44100}, Seconds{60}));
    const auto before = std::chrono::steady_clock::now();
    const auto p = classify(sampling::traits_of(mono.data(), static_cast<std::int64_t>(mono.size())));
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
    const std::size_t best = best_of(p);
    const bool hit = std::find(allowed.begin(), allowed.end(), best) != allowed.end();
    right += hit, ++tried;
    const std::size_t counted = hit ? best : allowed.front();
    table.add(counted, best);
    if (!hit)
      std::printf("%-60s %-12s heard as %s (%.2f)\n", file.substr(file.rfind('/') + 1).c_str(), std::string(sampling::name(static_cast<sampling::SoundClass>(counted))).c_str(),
                  std::string(sampling::name(static_cast<sampling::SoundClass>(best))).c_str(), p[best]);
  }
  table.print();
  std::printf("%.2f ms a sound\n", 1000 * seconds / std::max(tried, 1));
}

// Sounds of a loop: cut from each known onset to the next. Of sounds struck together either name is right, but a hat over a
// drum is the drum.
void judge_loop(const Wanted& how, const std::string& csv) {
  const sampling::Classifier classify = classifier(how);
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
  std::unique_ptr<audio::Spool> spool;
  const std::int64_t frames = sampling::spool_sound(how.list, Hertz{44100}, std::filesystem::temp_directory_path(), spool, Progress());
  analysis::SoundAnalysis heard;
  for (const auto& [at, kinds] : onsets) heard.attacks.push_back({Seconds{at}, 1});
  const auto hits = sampling::hear_hits(*spool, frames, heard, classify, Progress());
  std::map<std::string, std::map<std::string, int>> table;
  int right = 0;
  for (std::size_t i = 0; i < onsets.size(); ++i) {
    auto& kinds = onsets[i].second;
    if (kinds.size() > 1) kinds.erase("closed_hat");
    const std::string found(sampling::name(hits[i].kind));
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
    figment::classes::Wanted wanted;
    std::vector<std::string> words;
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      const bool more = i + 1 < argc;
      if (word == "--real" && more) wanted.real.emplace_back(argv[++i]);
      else if (word == "--without" && more) wanted.without.emplace_back(argv[++i]);
      else if (word == "--weights" && more) wanted.weights = argv[++i];
      else if (word == "--copies" && more) wanted.copies = std::max(1, std::atoi(argv[++i]));
      else if (word == "--networks" && more) wanted.networks = std::max(1, std::atoi(argv[++i]));
      else if (word == "--cache" && more) wanted.cache = argv[++i];
      else if (word == "--check") wanted.check = true;
      else words.push_back(word);
    }
    if (words.size() == 2 && words[0] == "teach") return wanted.out = words[1], figment::classes::teach_to(wanted), 0;
    if (words.size() >= 2) wanted.list = words[1];
    if (words.size() == 2 && words[0] == "judge") return figment::classes::judge(wanted), 0;
    if (words.size() == 3 && words[0] == "loop") return figment::classes::judge_loop(wanted, words[2]), 0;
    std::fprintf(stderr, "figment-classes teach OUT.json [--real LIST.tsv] [--without SOURCE] [--copies N] [--networks N] [--check]\n"
                         "                judge LIST.tsv [--weights FILE] [--without TEXT] | loop SOUND ONSETS.csv [--weights FILE]\n");
    return 2;
  } catch (const figment::Error& e) {
    std::fprintf(stderr, "figment-classes: %s\n", e.what());
    return 1;
  }
}
