// Several networks that split together: which files a folder holds, and how much each has to say about each stem.
//
//   One      a folder with one package (.th), or with weights in another form beside a config.json, is one network
//   Several  packages and a list of them as demucs keeps it (NAME.yaml: "models", and "weights", a row of numbers for each); without a list,
//            the four packages of htdemucs_ft, known by their signatures, of which each has the say about one stem
//   Reference  facebookresearch/demucs, apply.py BagOfModels, repo.py, remote/*.yaml
//   Errors   NotFound, Corrupt naming files: a list that names packages that are not there, rows of another length

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace figment::neural {

struct BagMember {
  std::filesystem::path file;            // or the folder itself
  std::vector<double> say;               // for each stem; empty: 1 for all
};

[[nodiscard]] std::vector<BagMember> read_bag(const std::filesystem::path& folder);

}  // namespace figment::neural
