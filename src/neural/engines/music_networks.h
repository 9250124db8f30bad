// The three networks that make music of words, found in the folders of installed models and opened when they are needed.
//
//   Folders  the first holds the language model: one file with everything in Hugging Face's form (config.json, model.safetensors), or
//            audiocraft's state_dict.bin, with its codec in compression_state_dict.bin or in another folder. Another folder holds the
//            text encoder and its tokenizer (spiece.model), where the first does not
//   Memory   the text encoder lives as long as a prompt is read; language model and codec stay
//   Errors   NotFound, Corrupt naming files, tensors and settings; OutOfMemory before anything is loaded that would not fit, naming
//            the precision that would
//   Threads  one at a time

#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "neural/encodec/encodec.h"
#include "neural/musicgen/fast_lm.h"
#include "neural/musicgen/float_run.h"
#include "neural/musicgen/musicgen_settings.h"
#include "roles/neural_module.h"

namespace figment::neural {

class MusicNetworks {
 public:
  explicit MusicNetworks(roles::NeuralRequest request);
  ~MusicNetworks();

  [[nodiscard]] const MusicgenSettings& settings() const noexcept { return settings_; }
  // The weights that took part so far: the language model's, and others' once they were opened.
  [[nodiscard]] std::vector<song::WeightsUsed> used() const;
  // What the codec's frames are counted in.
  [[nodiscard]] double frame_rate() const noexcept { return static_cast<double>(settings_.codec.rate) / static_cast<double>(settings_.codec.hop()); }

  // The text encoder's vectors [tokens][text width]. Error InvalidArgument for text of more than kMostTokens.
  static constexpr std::int64_t kMostTokens = 512;
  [[nodiscard]] std::vector<float> read_text(const std::string& text);
  [[nodiscard]] const Encodec& codec();
  // A model that starts after `text` (of read_text; empty: none) and, for melody networks, `chroma` [chroma_length][chroma] (empty: no tune).
  [[nodiscard]] std::unique_ptr<StepModel> start(const std::vector<float>& text, const std::vector<float>& chroma, bool guided, std::int64_t most, const Progress& progress);

 private:
  [[nodiscard]] std::filesystem::path text_folder();
  [[nodiscard]] EncodecSettings codec_settings() const;
  void use(const std::filesystem::path& folder);
  void check_memory(std::int64_t most) const;
  void load_lm(const Progress& progress);

  roles::NeuralRequest request_;
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> used_;
  Weights weights_;                        // of the first folder
  MusicgenSettings settings_;
  std::unique_ptr<Encodec> codec_;
  std::unique_ptr<FastLm> fast_;
  std::unique_ptr<FloatLm> float_;
};

// About what the language model takes with room for `steps` steps and two branches.
[[nodiscard]] std::uint64_t lm_memory(const LmSettings& settings, const std::string& precision, std::int64_t steps) noexcept;

}  // namespace figment::neural
