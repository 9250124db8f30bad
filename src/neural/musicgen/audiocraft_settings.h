// What a MusicGen or AudioGen is made of, from audiocraft's own checkpoints: state_dict.bin (the language model) and
// compression_state_dict.bin (its codec). AudioGen was never published in another form.
//
//   Source   the training configuration that lies in both under "xp.cfg", as text; audiocraft's config/ and models/builders.py
//            (896ec7c) say what its keys mean, and the constructors of its networks what an absent key means
//   Refused  what our networks do not do is Unsupported, naming the key, what it says and what figment knows: other code patterns than
//            the delays 0, 1, 2 … (stereo: 0, 0, 1, 1 …), biases, norms after the layers, rotary positions, other activations, conditions
//            other than T5's words and the chroma of a melody, other codecs than EnCodec with weight norms
//   Ignored  what only training needs
//   Errors   Corrupt naming the file, the key, what was wanted and what was found; NotFound where a file holds no configuration, or
//            names another model as its codec
//   Threads  free

#pragma once

#include <string>
#include <string_view>

#include "neural/musicgen/musicgen_settings.h"
#include "weights/weight_file.h"

namespace figment::neural {

// Of the language model's configuration: lm, text_model, window_seconds, stride_seconds and guidance, the codec's rate and channels, and
// how many of its codebooks are used; text.width is what the T5 of that name has. `name` stands in messages.
[[nodiscard]] MusicgenSettings parse_audiocraft_lm(std::string_view config, const std::string& name);

// Of the codec's configuration; its tensors have audiocraft's names.
[[nodiscard]] EncodecSettings parse_audiocraft_codec(std::string_view config, const std::string& name);

// The codec that compression_state_dict.bin names instead of holding one: "facebook/encodec_32khz". Empty where it holds one.
[[nodiscard]] std::string audiocraft_codec_elsewhere(const weights::WeightFile& codec);

// The codec that compression_state_dict.bin holds. NotFound where it only names one.
[[nodiscard]] EncodecSettings audiocraft_codec(const weights::WeightFile& codec);

// All but `text`, whose settings come with its own weights (t5-large's config.json for AudioGen): of those only the width is known
// here, from the language model's weights. `codec`: of compression_state_dict.bin, or of the model that it names.
[[nodiscard]] MusicgenSettings audiocraft_settings(const weights::WeightFile& lm, const EncodecSettings& codec);

}  // namespace figment::neural
