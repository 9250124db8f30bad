#include "neural/musicgen/generator.h"

#include <string>

#include "base/error.h"

namespace figment::neural {

std::vector<std::int32_t> generate(StepModel& model, const DelayPattern& pattern, std::int32_t card, const GeneratorOptions& options, const Progress& progress) {
  const std::int64_t K = pattern.codebooks, frames = options.frames, given = static_cast<std::int64_t>(options.prompt.size()) / K;
  if (given >= frames) throw Error(ErrorCode::InvalidArgument, "the sound to go on from has " + std::to_string(given) + " frames already, " + std::to_string(frames) + " are wanted in all");
  // What is known: the prompt; -1 where a token is still to be chosen.
  std::vector<std::int32_t> codes(static_cast<std::size_t>(K * frames), -1);
  for (std::int64_t k = 0; k < K; ++k)
    for (std::int64_t f = 0; f < given; ++f) codes[static_cast<std::size_t>(k * frames + f)] = options.prompt[static_cast<std::size_t>(k * given + f)];
  const std::int64_t steps = pattern.steps(frames);
  std::vector<std::int32_t> tokens = pattern.to_steps(codes, frames, card);

  Random random(options.seed);
  TokenChooser chooser(options.sampling);
  std::vector<float> conditional(static_cast<std::size_t>(K * card)), unconditional(conditional.size());
  std::vector<std::int32_t> fed;
  std::int64_t read = 0, told = given;
  for (std::int64_t step = pattern.first_step(given); step < steps; ++step) {
    progress.check();
    fed.clear();
    for (std::int64_t k = 0; k < K; ++k)
      for (std::int64_t s = read; s < step; ++s) fed.push_back(tokens[static_cast<std::size_t>(k * steps + s)]);
    model.step(fed, step - read, conditional, unconditional);
    read = step;
    guide(conditional, unconditional, options.sampling.guidance);
    if (options.on_logits) options.on_logits(step, conditional);
    for (std::int64_t k = 0; k < K; ++k) {
      // Drawn even where it is not wanted, so that a step's chance does not depend on the prompt.
      const std::int32_t token = chooser.choose(std::span(conditional).subspan(static_cast<std::size_t>(k * card), static_cast<std::size_t>(card)), random);
      std::int32_t& place = tokens[static_cast<std::size_t>(k * steps + step)];
      if (place < 0) place = token;
    }
    const std::int64_t whole = step - pattern.longest_delay();     // frames that have all their codebooks
    if (options.on_frames && whole > told) {
      options.on_frames(told, whole - told, pattern.to_codes(tokens, frames));
      told = whole;
    }
    progress.set(static_cast<double>(step) / static_cast<double>(steps), "generating");
  }
  return pattern.to_codes(tokens, frames);
}

}  // namespace figment::neural
