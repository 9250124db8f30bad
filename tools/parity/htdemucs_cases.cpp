#include <ATen/ATen.h>

#include <cmath>
#include <cstdio>

#include "cases.h"
#include "neural/fast/bfloats.h"
#include "neural/htdemucs/htdemucs.h"
#include "neural/htdemucs/plain_htdemucs.h"
#include "neural/htdemucs/spectrogram.h"
#include "separation/split_run.h"

namespace figment::parity {
namespace {

constexpr double kBfloatsDb = 35;         // the best splitters reach 10 on music

// A network as the run over a sound of any length sees it.
class WholeSound final : public roles::StemSplitter {
 public:
  WholeSound(neural::HtdemucsSettings settings, bool levelled, std::function<at::Tensor(const at::Tensor&)> split) : settings_(std::move(settings)), levelled_(levelled), split_(std::move(split)) {}
  roles::EngineInfo info() const override { return {}; }
  const std::vector<std::string>& stems() const override { return settings_.sources; }
  roles::SplitShape shape() const override { return {Hertz{static_cast<double>(settings_.rate)}, settings_.segment, 0.25, levelled_}; }
  void split(std::span<const roles::SplitSegment> segments, const Progress&) override {
    for (const roles::SplitSegment& one : segments) {
      const at::Tensor mix = at::stack({at::from_blob(const_cast<float*>(one.sound.channel(0)), {one.sound.frames()}), at::from_blob(const_cast<float*>(one.sound.channel(1)), {one.sound.frames()})}).unsqueeze(0);
      const at::Tensor out = split_(mix)[0].contiguous();
      for (std::size_t s = 0; s < one.stems.size(); ++s)
        for (int c = 0; c < 2; ++c) std::copy_n(out[static_cast<std::int64_t>(s)][c].data_ptr<float>(), one.sound.frames(), one.stems[s].channel(c));
    }
  }

 private:
  neural::HtdemucsSettings settings_;
  bool levelled_;
  std::function<at::Tensor(const at::Tensor&)> split_;
};

// Of [1, 2, frames].
separation::ReadSound read_sound(const at::Tensor& sound) { return separation::read_from({sound.data_ptr<float>(), sound.size(-1), 2, sound.size(-1), Hertz{44100}}); }

at::Tensor whole(WholeSound& splitter, const at::Tensor& sound, separation::SplitLevel level) {
  const std::int64_t frames = sound.size(-1);
  const auto stems = static_cast<std::int64_t>(splitter.stems().size());
  at::Tensor out = at::zeros({1, stems, 2, frames});
  separation::SplitRun run;
  run.frames = frames;
  run.level = level;
  const separation::ReadSound read = read_sound(sound);
  split_sound(splitter, run, read, [&](std::int64_t frame, std::span<const audio::AudioView> views) {
    for (std::int64_t s = 0; s < stems; ++s)
      for (int c = 0; c < 2; ++c) std::copy_n(views[static_cast<std::size_t>(s)].channel(c), views[static_cast<std::size_t>(s)].frames(), out[0][s][c].data_ptr<float>() + frame);
  }, Progress());
  return out;
}

// Which part of an intermediate the name of an expected tensor tells: "encoder.0.freq_stride5", "tencoder.0.first256".
at::Tensor part_of(const at::Tensor& value, const std::string& rest) {
  const auto number = [&](const char* word) { return rest.starts_with(word) ? std::stoll(rest.substr(std::string_view(word).size())) : 0; };
  if (const auto step = number("freq_stride"); step > 0) return value.slice(2, 0, c10::nullopt, step);
  if (const auto step = number("every"); step > 0) return value.slice(2, 0, c10::nullopt, step);
  if (const auto count = number("first"); count > 0) return value.slice(-1, 0, count);
  return value;
}

}  // namespace

void check_htdemucs(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, bool plain, Report& report) {
  const neural::HtdemucsSettings settings = weights->said() != nullptr ? neural::HtdemucsSettings::of(*weights) : neural::HtdemucsSettings::parse(fixture.config, "config.json");
  const neural::PlainHtdemucs plain_network(settings, weights);
  neural::Htdemucs fast_network(settings, *weights);
  const auto network = [&](const at::Tensor& mix, const neural::Probe& heard) {
    if (plain) return plain_network.split(mix, heard);
    const at::Tensor whole = at::constant_pad_nd(mix, {0, settings.segment - mix.size(-1)});
    if (heard) heard("magnitude", at::view_as_real(neural::demucs_spectrogram(whole[0], settings.nfft)).permute({0, 3, 1, 2}).reshape({1, 4, settings.nfft / 2, -1}));
    return fast_network.split(whole[0], heard).unsqueeze(0).narrow(-1, 0, mix.size(-1));
  };
  const std::vector<std::string> names = report.names();
  for (const auto& [name, unused] : fixture.inputs.tensors()) {
    const at::Tensor sound = stored(fixture.inputs, name);
    const auto probe = [&](const std::string& what, const at::Tensor& value) {
      for (const std::string& expected : names) {
        const std::string begin = name + "." + what;
        if (expected.starts_with(begin) && (expected.size() == begin.size() || expected[begin.size()] == '.' || expected[begin.size()] == '_')) report.compare(expected, part_of(value, expected.substr(std::min(expected.size(), begin.size() + 1))));
      }
    };
    const auto split = [&](const at::Tensor& mix) { return network(mix, {}); };
    if (report.expects(name + ".out")) report.compare(name + ".out", network(sound, probe));
    if (report.expects(name + ".apply_model")) {
      WholeSound splitter(settings, false, split);
      report.compare(name + ".apply_model", whole(splitter, sound, {}));
    }
    if (report.expects(name + ".separate_py_last_source")) {
      WholeSound splitter(settings, true, split);
      const separation::ReadSound read = read_sound(sound);
      report.compare(name + ".separate_py_last_source", whole(splitter, sound, separation::measure_level(read, sound.size(-1), Progress()))[0][-1]);
    }
  }
}

bool check_htdemucs_bfloats(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights) {
  if (!neural::has_bfloats()) {
    std::printf("\nhtdemucs in bfloats: not on this processor\n");
    return true;
  }
  const neural::HtdemucsSettings settings = neural::HtdemucsSettings::parse(fixture.config, "config.json");
  neural::Htdemucs bfloats(settings, *weights, true);
  const Report report(fixture.folder);
  double worst = 1000;
  for (const auto& [name, unused] : fixture.inputs.tensors()) {
    if (!report.expects(name + ".out")) continue;
    const at::Tensor sound = stored(fixture.inputs, name), wanted = report.expected(name + ".out");
    const at::Tensor got = bfloats.split(at::constant_pad_nd(sound, {0, settings.segment - sound.size(-1)})[0]).unsqueeze(0).narrow(-1, 0, sound.size(-1));
    worst = std::min(worst, 10 * std::log10((wanted.square().sum() / (got - wanted).square().sum()).item<double>()));
  }
  std::printf("\nhtdemucs in bfloats: the signal is %.1f dB above its error, wanted %.0f  %s\n", worst, kBfloatsDb, worst >= kBfloatsDb ? "ok" : "WRONG");
  return worst >= kBfloatsDb;
}

}  // namespace figment::parity
