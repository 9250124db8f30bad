#include "base/blas_environment.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace figment {
namespace {

constexpr CpuFeatures kOld{false, false, false}, kMiddling{true, true, false}, kWide{true, true, true};

TEST(BlasEnvironment, KernelsAreTheWidestThatTheProcessorRuns) {
  EXPECT_STREQ(openblas_core(kWide), "SkylakeX");
  EXPECT_STREQ(openblas_core(kMiddling), "Haswell");
  EXPECT_EQ(openblas_core(kOld), nullptr);
  EXPECT_EQ(openblas_core({true, false, false}), nullptr);        // Haswell's kernels use fused multiply-adds
}

TEST(BlasEnvironment, WhatTheUserSetIsKept) {
  ::setenv("OPENBLAS_CORETYPE", "Nehalem", 1);
  ::setenv("OMP_NUM_THREADS", "1", 1);
  prepare_blas();
  EXPECT_STREQ(std::getenv("OPENBLAS_CORETYPE"), "Nehalem");
  EXPECT_STREQ(std::getenv("OMP_NUM_THREADS"), "1");
  ::unsetenv("OPENBLAS_CORETYPE");
  ::unsetenv("OMP_NUM_THREADS");
  prepare_blas();
  if (openblas_core(cpu_features()) != nullptr) {
    EXPECT_STREQ(std::getenv("OPENBLAS_CORETYPE"), openblas_core(cpu_features()));
  }
  EXPECT_GE(std::atoi(std::getenv("OMP_NUM_THREADS")), 1);
}

TEST(BlasEnvironment, AGoodLibraryHasNoProblem) {
  for (const auto& [core, features] : {std::pair{"SkylakeX", kWide}, {"Sapphirerapids", kWide}, {"Haswell", kMiddling}, {"Zen", kMiddling}, {"Prescott", kOld}}) {
    const BlasReport report = judge_blas(core, 2, features);
    EXPECT_EQ(report.problem, "") << core;
    EXPECT_EQ(report.core, core);
    EXPECT_EQ(report.threading, "OpenMP");
  }
}

TEST(BlasEnvironment, EachTrapIsNamedWithItsWayOut) {
  EXPECT_NE(judge_blas(nullptr, -1, kWide).problem.find("apt install libopenblas0-openmp"), std::string::npos);
  EXPECT_NE(judge_blas("Prescott", 2, kWide).problem.find("OPENBLAS_CORETYPE=SkylakeX"), std::string::npos);
  EXPECT_NE(judge_blas("Zen", 2, kWide).problem.find("OPENBLAS_CORETYPE=SkylakeX"), std::string::npos);
  EXPECT_NE(judge_blas("Prescott", 2, kMiddling).problem.find("OPENBLAS_CORETYPE=Haswell"), std::string::npos);
  EXPECT_NE(judge_blas("SkylakeX", 1, kWide).problem.find("POSIX threads; apt install libopenblas0-openmp"), std::string::npos);
  EXPECT_NE(judge_blas("SkylakeX", 0, kWide).problem.find("no threads"), std::string::npos);
}

}  // namespace
}  // namespace figment
