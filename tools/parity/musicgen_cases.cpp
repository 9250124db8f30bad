#include <ATen/ATen.h>

#include <sstream>

#include "base/error.h"
#include "cases.h"
#include "neural/cosine.h"
#include "neural/encodec/encodec.h"
#include "neural/musicgen/audiocraft_settings.h"
#include "neural/musicgen/chroma.h"
#include "neural/musicgen/fast_lm.h"
#include "neural/musicgen/float_run.h"
#include "neural/musicgen/generator.h"
#include "neural/musicgen/musicgen_settings.h"
#include "neural/t5/t5.h"

namespace figment::parity {
namespace {

using namespace neural;

constexpr std::int64_t kEnd = 1;         // the token that ends a text

// "57 201 14": the numbers of tokens, and the end's.
at::Tensor ids_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::int64_t> ids;
  for (std::int64_t id = 0; in >> id;) ids.push_back(id);
  ids.push_back(kEnd);
  return at::tensor(ids, at::kLong).unsqueeze(0);
}

struct Bench {
  const Fixture& fixture;
  Report& report;
  MusicgenSettings settings;
  std::unique_ptr<const T5Encoder> text;   // nullptr where the folder has none
  std::unique_ptr<const Encodec> codec;
  FloatLm lm;
  std::int64_t K;

  // What the folder's conditions are: rows of prompts, then as many of nothing, all as long as the longest.
  [[nodiscard]] at::Tensor conditions(const std::vector<std::string>& prompts, at::Tensor* mask = nullptr) const {
    std::int64_t longest = 0;
    std::vector<at::Tensor> ids;
    for (const std::string& p : prompts) ids.push_back(ids_of(p)), longest = std::max(longest, ids.back().size(1));
    const auto rows = static_cast<std::int64_t>(prompts.size());
    at::Tensor all = at::zeros({2 * rows, longest}, at::kLong), there = at::zeros({2 * rows, longest}, at::kLong);
    for (std::int64_t r = 0; r < rows; ++r) {
      all[r].slice(0, 0, ids[static_cast<std::size_t>(r)].size(1)).copy_(ids[static_cast<std::size_t>(r)][0]);
      there[r].slice(0, 0, ids[static_cast<std::size_t>(r)].size(1)).fill_(1);
    }
    if (mask != nullptr) *mask = there;
    if (text == nullptr) return report.given(given_conditions(rows));
    // Rows of nothing have nothing to attend to, and become zeros.
    const at::Tensor seen = there.clone();
    for (std::int64_t r = rows; r < 2 * rows; ++r) seen[r].fill_(1);
    return lm.project_text(text->encode(all, seen), there);
  }

  // Where the folder keeps what the text encoder made of so many prompts.
  [[nodiscard]] std::string given_conditions(std::int64_t rows) const {
    if (rows > 1) return "batch2.cond.description";
    for (const std::string& name : report.names())
      if (name == "cond.description" || (name.ends_with(".cond.description") && !name.starts_with("batch2."))) return name;
    throw Error(ErrorCode::NotFound, fixture.folder.string() + " has neither a text encoder nor what it would make of the prompt");
  }

  void compare_sound(const std::string& name, const std::vector<std::int32_t>& codes) const {
    if (codec != nullptr) report.compare(name, codec->decode(to_tensor(codes, K)));
    else report.leave_out(name);
  }

  std::vector<std::int32_t> greedy(const at::Tensor& both, std::int64_t frames, const std::vector<std::int32_t>& prompt, const std::string& logits_name) const {
    const DelayPattern pattern{K, settings.lm.channels};
    FloatRun model(lm, both, pattern.steps(frames));
    GeneratorOptions options;
    options.frames = frames;
    options.prompt = prompt;
    options.sampling.greedy = true;
    options.sampling.guidance = fixture.meta.value("guidance_scale", 3.0);
    std::vector<at::Tensor> logits;
    options.on_logits = [&](std::int64_t, std::span<const float> guided) { logits.push_back(at::from_blob(const_cast<float*>(guided.data()), {1, 1, K, settings.lm.card}, at::kFloat).clone()); };
    auto codes = generate(model, pattern, static_cast<std::int32_t>(settings.lm.card), options, Progress());
    if (report.expects(logits_name)) {
      logits.resize(std::min(logits.size(), static_cast<std::size_t>(report.expected(logits_name).size(1))));
      report.compare(logits_name, at::cat(logits, 1));
    }
    return codes;
  }

  void teacher(const std::string& prefix, const at::Tensor& both, const at::Tensor& grid) const {
    FloatLm::Run run(lm, both, std::nullopt, grid.size(2));
    const at::Tensor logits = run.step(grid.expand({2, -1, -1}), [&](const std::string& what, const at::Tensor& value) { report.compare(prefix + what, value); });
    report.compare(prefix + "cond", logits.slice(0, 0, 1));
    report.compare(prefix + "uncond", logits.slice(0, 1, 2));
    report.compare(prefix + "cfg3", logits.slice(0, 1, 2) + (logits.slice(0, 0, 1) - logits.slice(0, 1, 2)) * 3);
  }
};

void check_plain(Bench& bench) {
  const Fixture& f = bench.fixture;
  Report& report = bench.report;
  const std::string prompt = f.meta.value("prompt", "");
  const at::Tensor ids = ids_of(prompt);
  report.compare("text.input_ids", ids);
  if (bench.text != nullptr) report.compare("text.last_hidden_state", bench.text->encode(ids, at::ones_like(ids)));
  else report.leave_out("text.last_hidden_state");
  at::Tensor mask;
  const at::Tensor both = bench.conditions({prompt}, &mask);
  report.compare("cond.description", both);
  report.compare("cond.description_mask", mask);
  if (f.inputs.find("grid") != nullptr) {
    const at::Tensor grid = stored(f.inputs, "grid");
    bench.teacher("logits.", both, grid);
    if (f.meta.contains("prompt2")) {
      at::Tensor mask2;
      const at::Tensor four = bench.conditions({prompt, f.meta["prompt2"].get<std::string>()}, &mask2);
      report.compare("batch2.cond.description", four);
      FloatLm::Run all(bench.lm, four, std::nullopt, grid.size(2));
      report.compare("batch2.logits_audiocraft", all.step(grid.expand({4, -1, -1})));
      FloatLm::Run one(bench.lm, four.slice(0, 1, 2), mask2.slice(0, 1, 2), grid.size(2));
      report.compare("batch2.logits_row1_masked", one.step(grid));
    }
  }
  if (f.inputs.find("codes") != nullptr) {
    const at::Tensor codes = stored(f.inputs, "codes");
    const std::int64_t frames = codes.size(2), K = bench.K;
    const DelayPattern pattern{K, bench.settings.lm.channels};
    const auto special = static_cast<std::int32_t>(bench.settings.lm.card);
    const auto steps = pattern.to_steps(to_plain(codes), frames, special);
    const std::int64_t count = pattern.steps(frames);
    report.compare("pattern.sequence", to_tensor(steps, K));
    at::Tensor held = at::zeros({K, count}, at::kLong);
    for (std::int64_t k = 0; k < K; ++k)
      for (std::int64_t s = 0; s < count; ++s) held[k][s] = pattern.frame(s, k, frames) >= 0 ? 1 : 0;
    report.compare("pattern.mask", held);
    // A step's logits tell the next one's tokens. Only those are kept that begin a frame, so the last frames of late codebooks have none.
    FloatLm::Run run(bench.lm, both.slice(0, 0, 1), std::nullopt, frames + 1);
    const at::Tensor logits = run.step(to_tensor(steps, K).slice(2, 0, frames + 1));
    at::Tensor back = at::zeros({1, K, frames, special}), there = at::zeros({1, K, frames}, at::kLong);
    for (std::int64_t k = 0; k < K; ++k)
      for (std::int64_t t = 0; t + pattern.delay(k) < frames; ++t) {
        back[0][k][t].copy_(logits[0][k][t + pattern.delay(k)]);
        there[0][k][t] = 1;
      }
    report.compare("pattern.logits", back);
    report.compare("pattern.logits_mask", there);
  }
  if (report.expects("gen.codes")) {
    const auto codes = bench.greedy(both, report.expected("gen.codes").size(2), {}, "gen.step_logits_cfg3");
    report.compare("gen.codes", to_tensor(codes, bench.K));
    bench.compare_sound("gen.audio", codes);
  }
  if (report.expects("cont.codes") && f.inputs.find("prompt_codes") != nullptr) {
    const at::Tensor given = stored(f.inputs, "prompt_codes");
    const auto codes = bench.greedy(both, report.expected("cont.codes").size(2), to_plain(given), "cont.step_logits_cfg3");
    report.compare("cont.codes", to_tensor(codes, bench.K));
    bench.compare_sound("cont.audio", codes);
    if (f.inputs.find("prompt_audio") != nullptr) {
      if (bench.codec != nullptr) report.compare("cont.prompt_codes", bench.codec->encode(stored(f.inputs, "prompt_audio")));
      else report.leave_out("cont.prompt_codes");
    }
  }
  if (report.expects("gen_null.codes")) {
    const at::Tensor nothing = at::zeros_like(both).slice(1, 0, 1);
    report.compare("gen_null.codes", to_tensor(bench.greedy(nothing, report.expected("gen_null.codes").size(2), {}, ""), bench.K));
  }
}

void check_melody(Bench& bench) {
  const Fixture& f = bench.fixture;
  Report& report = bench.report;
  const LmSettings& s = bench.settings.lm;
  const MelodyChroma chroma(static_cast<double>(bench.settings.codec.rate), s.chroma);
  report.compare("chroma.fbanks", chroma.filters());
  const at::Tensor none = MelodyChroma::none(s.chroma_length, s.chroma);
  at::Tensor mask;
  const at::Tensor text = bench.conditions({f.meta.value("prompt", "")}, &mask);
  const auto sing = [&](const std::string& name, const at::Tensor& melody) {
    const at::Tensor wav = bench.lm.project_chroma(at::cat({melody, none}));
    report.compare(name + ".cond.self_wav", wav);
    report.compare(name + ".cond.description", text);
    const at::Tensor prefix = at::cat({wav, text}, 1);
    if (f.inputs.find("grid") != nullptr) bench.teacher(name + ".logits.", prefix, stored(f.inputs, "grid"));
    if (report.expects(name + ".gen.codes")) report.compare(name + ".gen.codes", to_tensor(bench.greedy(prefix, report.expected(name + ".gen.codes").size(2), {}, name + ".gen.step_logits_cfg3"), bench.K));
  };
  for (const auto& [name, tensor] : f.inputs.tensors()) {
    if (!name.starts_with("wav.")) continue;
    const std::string clip = name.substr(4);
    const at::Tensor normalised = chroma.normalised(stored(f.inputs, name)), loudest = MelodyChroma::loudest_only(normalised), fitted = MelodyChroma::of_length(loudest, s.chroma_length);
    report.compare("chroma." + clip + ".normalised", normalised);
    report.compare("chroma." + clip + ".onehot", loudest);
    report.compare("chroma." + clip + ".conditioning", fitted);
    sing(clip, fitted);
  }
  sing("nowav", none);
}

}  // namespace

void check_musicgen(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, std::shared_ptr<const weights::WeightFile> lm, Report& report) {
  const MusicgenSettings settings = musicgen_settings(fixture);
  std::unique_ptr<const T5Encoder> text;
  std::unique_ptr<const Encodec> codec;
  if (weights != nullptr) {
    text = std::make_unique<T5Encoder>(settings.text, weights, "text_encoder.");
    codec = std::make_unique<Encodec>(settings.codec, weights, "audio_encoder.");
  } else if (const auto own = fixture.folder / "compression_state_dict.bin"; exists(own)) {
    const auto file = std::make_shared<const weights::WeightFile>(weights::WeightFile::open(own));
    if (audiocraft_codec_elsewhere(*file).empty()) codec = std::make_unique<Encodec>(settings.codec, file, "best_state.");
  }
  Bench bench{fixture, report, settings, std::move(text), std::move(codec), FloatLm(settings.lm, lm_weights(std::move(lm), settings.lm)), settings.lm.codebooks};
  if (settings.lm.prefixed()) check_melody(bench);
  else check_plain(bench);
}

namespace {

double least_cosine(const neural::FastLm& fast, const std::vector<float>& conditions, const at::Tensor& grid, const at::Tensor& with, const at::Tensor& without) {
  const LmSettings& s = fast.settings();
  const std::int64_t steps = grid.size(2);
  FastRun run(fast, conditions, true, steps);
  std::vector<float> conditional(static_cast<std::size_t>(s.codebooks * s.card)), unconditional(conditional.size());
  double least = 1;
  for (std::int64_t n = 0; n < steps; ++n) {
    run.step(to_plain(grid.slice(2, n, n + 1)), 1, conditional, unconditional);
    for (const auto& [want, got] : {std::pair{&with, &conditional}, std::pair{&without, &unconditional}}) {
      least = std::min(least, cosine(*got, want->select(2, n).contiguous().data_ptr<float>()));
    }
  }
  return least;
}

std::vector<float> plain_floats(const at::Tensor& t) {
  const at::Tensor flat = t.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace

bool check_fast(const Fixture& fixture, std::shared_ptr<const weights::WeightFile> weights, const Report& report) {
  const LmSettings s = musicgen_settings(fixture).lm;
  if (fixture.inputs.find("grid") == nullptr) return true;
  const at::Tensor grid = stored(fixture.inputs, "grid");
  bool right = true;
  for (const auto& [precision, name, promised] : {std::tuple{Precision::Q8, "q8", 0.999}, std::tuple{Precision::Q4, "q4", 0.99}}) {
    const FastLm fast(s, lm_weights(weights, s), precision, {}, 2, Progress());
    const auto say = [&](const std::string& what, double cosine) {
      std::printf("%-36s %s cosine %.6f, promised %.3f\n", (what + ", " + name).c_str(), cosine >= promised ? "ok   " : "WRONG", cosine, promised);
      right &= cosine >= promised;
    };
    if (!s.prefixed() && report.expects("logits.cond"))
      say("logits", least_cosine(fast, plain_floats(report.expected("cond.description").slice(0, 0, 1)), grid, report.expected("logits.cond"), report.expected("logits.uncond")));
    for (const std::string& n : report.names())
      if (s.prefixed() && n.ends_with(".logits.cond")) {
        const std::string clip = n.substr(0, n.size() - 12);
        const at::Tensor prefix = at::cat({report.expected(clip + ".cond.self_wav"), report.expected(clip + ".cond.description")}, 1);
        say(clip + ".logits", least_cosine(fast, plain_floats(prefix), grid, report.expected(n), report.expected(clip + ".logits.uncond")));
      }
  }
  return right;
}

}  // namespace figment::parity
