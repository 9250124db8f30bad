// PyTorch checkpoints in the ZIP form that torch.save has written since version 1.6 (.pt, .bin, .th).
//
//   Layout   an archive ROOT/data.pkl, ROOT/data/KEY for each storage, ROOT/version, ROOT/byteorder; data.pkl is what was saved
//            (weights/pickle.h: nothing in it is ever run)
//   Tensors  all that are found in it, by the keys on the way to them, joined by dots: {"best_state": {"emb.0.weight": …}} holds
//            "best_state.emb.0.weight". Tensors may share a storage and be strided views of it
//   Checked  that each storage has its record, long enough; that each tensor lies inside its storage; big-endian is Unsupported
//   Errors   those of the archive and the pickle; the form before 1.6 is Unsupported, with what to do

#pragma once

#include <memory>
#include <span>
#include <string>

#include "weights/pickle.h"
#include "weights/safetensors.h"

namespace figment::weights {

struct TorchFile {
  Tensors tensors;
  std::shared_ptr<const Pickle> said;    // all that was saved
};

[[nodiscard]] TorchFile parse_torch(std::span<const std::byte> file, const std::string& name);

}  // namespace figment::weights
