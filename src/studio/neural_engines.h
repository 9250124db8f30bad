// Neural engines: loaded with their module when one is first asked for, and told where their models are installed.
//
//   Names    those of models that make music, sounds or stems (data/models.toml), and of installed models of the user's own
//   Errors   NotFound: no such engine (with the most like it); a model that is not installed (with how to get it, how large it is and
//            under which licence); LibTorch or the module missing (with what to install)
//   Cost     loading LibTorch takes 0.7 s and 160 MB, once
//   Threads  one
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "roles/neural_module.h"

namespace figment::studio {

struct NeuralWish {
  std::string engine;
  std::string precision = "q8";
  int threads = 0;
  std::string device = "cpu";
};

// Names of the engines that make `what` ("music", "sound", "stems"), the installed ones first.
[[nodiscard]] std::vector<std::string> neural_engines(const std::string& what);
// Whether the model of a catalogue's engine is here.
[[nodiscard]] bool neural_installed(const std::string& engine);

[[nodiscard]] std::unique_ptr<roles::MusicGenerator> neural_music(const NeuralWish& wish);
[[nodiscard]] std::unique_ptr<roles::SoundGenerator> neural_sounds(const NeuralWish& wish);
[[nodiscard]] std::unique_ptr<roles::StemSplitter> neural_splitter(const NeuralWish& wish);

}  // namespace figment::studio
