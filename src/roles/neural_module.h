// How the program and the neural module, which it loads when a neural engine is first asked for, speak to each other.
//
//   Why      LibTorch takes 0.7 s and 160 MB to load, and may not be installed: nothing else may depend on it
//   Version  the module belongs to the program it was built with: what it shares with it are C++ objects. kVersion is what both must
//            say; it is raised with every change of a header in roles, audio, base or song that these use
//   Symbols  the module takes base, audio, storage and what lies beside them from the program
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "roles/music_generator.h"
#include "roles/sound_generator.h"
#include "roles/stem_splitter.h"

namespace figment::roles {

struct ModelFolder {
  std::string name;                          // "t5-base"
  std::filesystem::path folder;
};

struct NeuralRequest {
  std::string engine;                        // "musicgen-small"
  std::vector<ModelFolder> models;           // its own weights first, then those it needs
  std::vector<song::WeightsUsed> weights;    // the same, for people and recipes
  std::string precision = "q8";              // "f32", "q8", "q4"
  int threads = 0;                           // 0: as many as there are cores
  std::string device = "cpu";                // "cuda": the language model in half precision on the first GPU
};

class NeuralModule {
 public:
  virtual ~NeuralModule() = default;
  // Opens weights and checks them. Error NotFound, Corrupt, InvalidArgument, OutOfMemory.
  [[nodiscard]] virtual std::unique_ptr<MusicGenerator> music_generator(const NeuralRequest& request) = 0;
  [[nodiscard]] virtual std::unique_ptr<SoundGenerator> sound_generator(const NeuralRequest& request) = 0;
  [[nodiscard]] virtual std::unique_ptr<StemSplitter> stem_splitter(const NeuralRequest& request) = 0;
};

inline constexpr int kNeuralVersion = 3;
inline constexpr const char* kNeuralSymbol = "figment_neural_module";
// Returns nullptr when it is of another version.
using OpenNeuralModule = NeuralModule* (*)(int version);

}  // namespace figment::roles
