// Where a network runs, by its name: "cpu", or "cuda" for the first GPU.
//
//   Errors   InvalidArgument for another name; Unsupported where the installed LibTorch has no CUDA

#pragma once

#include <c10/core/Device.h>

#include <string>

namespace figment::neural {

[[nodiscard]] c10::Device device_named(const std::string& name);

}  // namespace figment::neural
