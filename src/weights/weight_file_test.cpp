// Weight files of every format: what is in them is read, and every way of breaking them is told by name.
#include "weights/weight_file.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/half.h"
#include "storage/test_folder.h"
#include "weights/gguf.h"
#include "weights/tensor_table.h"
#include "weights/test_files.h"
#include "weights/torch_file.h"

namespace figment::weights {
namespace {

namespace t = testing;
namespace p = testing::pickle;

// The message of the Error that a call ends with; empty when it ends without.
template <typename Call>
std::string problem_of(Call call, ErrorCode wanted = ErrorCode::Corrupt) {
  try {
    call();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), wanted) << e.what();
    return e.what();
  }
  return {};
}

struct Broken {
  const char* what;        // a part of the message
  std::string file;
  ErrorCode code = ErrorCode::Corrupt;
};

TEST(Safetensors, TensorsAndFactsAreRead) {
  const std::string file = t::safetensors(R"({"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F16","shape":[3],"data_offsets":[16,22]},"empty":{"dtype":"I64","shape":[0,5],"data_offsets":[22,22]},"__metadata__":{"format":"pt"}})",
                                          t::floats({1, 2, 3, 4}) + t::le<std::uint16_t>(0x3C00) + t::le<std::uint16_t>(0xC000) + t::le<std::uint16_t>(0x7C00));
  const Safetensors read = parse_safetensors(t::bytes_of_text(file), "x");
  EXPECT_EQ(to_floats(read.tensors.at("a")), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(read.tensors.at("a").shape, (Shape{2, 2}));
  EXPECT_EQ(to_floats(read.tensors.at("b")), (std::vector<float>{1, -2, INFINITY}));
  EXPECT_TRUE(to_floats(read.tensors.at("empty")).empty());
  EXPECT_EQ(read.metadata.at("format"), "pt");
}

TEST(Safetensors, EveryBrokenFileIsTold) {
  const std::string four = t::floats({1, 2, 3, 4});
  const auto one = [&](const std::string& entry, const std::string& data) { return t::safetensors(R"({"a":)" + entry + "}", data); };
  const std::vector<Broken> files{
      {"ends inside the length", "abc"},
      {"says that its header has", t::le<std::uint64_t>(1000) + "{}"},
      {"says that its header has", t::le<std::uint64_t>(~std::uint64_t{0}) + "{}"},
      {"no JSON object", t::safetensors("[1]", "")},
      {"no JSON object", t::safetensors("{\"a\":", "")},
      {"wanted are dtype", one("{}", "")},
      {"wanted are dtype", one(R"({"dtype":"F32","shape":4,"data_offsets":[0,16]})", four)},
      {"no whole number", one(R"({"dtype":"F32","shape":[-4],"data_offsets":[0,16]})", four)},
      {"no whole number", one(R"({"dtype":"F32","shape":[1.5],"data_offsets":[0,16]})", four)},
      {"no whole number", one(R"({"dtype":"F32","shape":[4],"data_offsets":["0",16]})", four)},
      {"does not take the 16 bytes", one(R"({"dtype":"F32","shape":[5],"data_offsets":[0,16]})", four)},
      {"does not take the 16 bytes", one(R"({"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,16]})", four)},
      {"does not take the 16 bytes", one(R"({"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,16]})", four)},
      {"lies from byte 0 to 20 of 16", one(R"({"dtype":"F32","shape":[5],"data_offsets":[0,20]})", four)},
      {"lies from byte 8 to 0", one(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})", four)},
      {"two tensors named", t::safetensors(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", four)},
      {"overlap", t::safetensors(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})", four)},
      {"between its tensors", t::safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})", four)},
      {"at its end", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})", four)},
      {"F8_E4M3, which figment cannot read", one(R"({"dtype":"F8_E4M3","shape":[16],"data_offsets":[0,16]})", four), ErrorCode::Unsupported},
  };
  for (const Broken& b : files) EXPECT_NE(problem_of([&] { (void)parse_safetensors(t::bytes_of_text(b.file), "x"); }, b.code).find(b.what), std::string::npos) << b.what;
}

// What PyTorch writes for {"w": a 2 x 3 tensor, "v": its transpose, "h": halves, …}.
TEST(Torch, TensorsViewsAndFactsAreRead) {
  const std::string value = p::dict({{"w", p::tensor("0", 6, 0, {2, 3}, {3, 1})},
                                     {"v", p::tensor("0", 6, 0, {3, 2}, {1, 3})},
                                     {"row", p::tensor("0", 6, 3, {3}, {1})},
                                     {"same", p::tensor("0", 6, 1, {2, 2}, {0, 1})},
                                     {"scalar", p::tensor("0", 6, 5, {}, {})},
                                     {"state", p::dict({{"h", p::tensor("1", 2, 0, {2}, {1}, "HalfStorage")}})},
                                     {"xp.cfg", p::text("dim: 48")},
                                     {"klass", p::global("demucs.htdemucs", "HTDemucs")},
                                     {"segment", p::global("fractions", "Fraction") + p::tuple(p::text("39/5")) + "R"},
                                     {"depth", "K\x05"}});
  const std::string file = t::torch(value, {{"0", t::floats({0, 1, 2, 3, 4, 5})}, {"1", t::le<std::uint16_t>(0x3C00) + t::le<std::uint16_t>(0x4000)}});
  const TorchFile read = parse_torch(t::bytes_of_text(file), "x");
  EXPECT_EQ(to_floats(read.tensors.at("w")), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(to_floats(read.tensors.at("v")), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(to_floats(read.tensors.at("row")), (std::vector<float>{3, 4, 5}));
  EXPECT_EQ(to_floats(read.tensors.at("same")), (std::vector<float>{1, 2, 1, 2}));
  EXPECT_EQ(to_floats(read.tensors.at("scalar")), (std::vector<float>{5}));
  EXPECT_EQ(to_floats(read.tensors.at("state.h")), (std::vector<float>{1, 2}));
  const Value& root = read.said->root();
  EXPECT_EQ(*root.find("xp.cfg")->string(), "dim: 48");
  EXPECT_EQ(std::get<Global>(root.find("klass")->is).name, "demucs.htdemucs.HTDemucs");
  EXPECT_EQ(std::get<double>(root.find("segment")->is), 7.8);
  EXPECT_EQ(std::get<std::int64_t>(root.find("depth")->is), 5);
}

TEST(Torch, NoFunctionIsEverCalledAndItsNameIsTold) {
  for (const auto& [module, name] : std::vector<std::pair<std::string, std::string>>{{"os", "system"}, {"builtins", "eval"}, {"posix", "system"}, {"torch.serialization", "load"}, {"__builtin__", "exec"}}) {
    const std::string file = t::torch(p::global(module, name) + p::tuple(p::text("touch /tmp/figment-was-here")) + "R", {});
    EXPECT_NE(problem_of([&] { (void)parse_torch(t::bytes_of_text(file), "x"); }, ErrorCode::Unsupported).find("wants " + module + "." + name + " called"), std::string::npos);
  }
  // The same by the instructions of protocol 4.
  const std::string stack = "\x8C\x02os\x8C\x06system\x93" + p::tuple(p::text("true")) + "R";
  EXPECT_NE(problem_of([&] { (void)parse_torch(t::bytes_of_text(t::torch(stack, {})), "x"); }, ErrorCode::Unsupported).find("os.system"), std::string::npos);
}

TEST(Torch, EveryBrokenFileIsTold) {
  const std::string data = t::floats({0, 1, 2, 3, 4, 5});
  const auto with = [&](const std::string& value) { return t::torch(value, {{"0", data}}); };
  std::string cut = with(p::dict({{"w", p::tensor("0", 6, 0, {2, 3}, {3, 1})}}));
  const std::vector<Broken> files{
      {"is no archive", cut.substr(0, cut.size() - 30)},
      {"is too short for an archive", "PK\x03\x04"},
      {"holds no data.pkl", t::zip({{"a/b", "c"}})},
      {"compressed", t::zip({{"archive/data.pkl", "x"}}, 8), ErrorCode::Unsupported},
      {"two records", t::zip({{"archive/data.pkl", "x"}, {"archive/data.pkl", "x"}})},
      {"which is not in the file", with(p::dict({{"w", p::tensor("7", 6, 0, {2, 3}, {3, 1})}}))},
      {"only 24 bytes", with(p::dict({{"w", p::tensor("0", 7, 0, {2, 3}, {3, 1})}}))},
      {"reaches beyond its storage", with(p::dict({{"w", p::tensor("0", 6, 1, {2, 3}, {3, 1})}}))},
      {"reaches beyond its storage", with(p::dict({{"w", p::tensor("0", 6, 0, {2, 4}, {3, 1})}}))},
      {"reaches beyond its storage", with(p::dict({{"w", p::tensor("0", 6, 0, {2000000000, 2}, {1, 1})}}))},
      {"makes no sense", with(p::dict({{"w", p::tensor("0", 6, 0, {-2, 3}, {3, 1})}}))},
      {"makes no sense", with(p::dict({{"w", p::tensor("0", 6, -1, {2, 3}, {3, 1})}}))},
      {"makes no sense", with(p::dict({{"w", p::tensor("0", 6, 0, {2000000000, 2000000000, 2000000000}, {0, 0, 0})}}))},
      {"makes no sense", with(p::dict({{"w", p::tensor("0", 6, 0, {2, 3}, {1})}}))},
      {"strides that leave", with(p::dict({{"w", p::tensor("0", 6, 0, {2, 3}, {-3, 1})}}))},
      {"ComplexFloatStorage", with(p::dict({{"w", p::tensor("0", 6, 0, {2, 3}, {3, 1}, "ComplexFloatStorage")}})), ErrorCode::Unsupported},
      {"a value that is not there", with("a")},
      {"a mark that is not there", with("t")},
      {"which was never kept", with("h\x05")},
      {"no list", with("K\x01K\x02""a")},
      {"a key without a value", with("}(K\x01u")},
      {"is no function", with("K\x01)R")},
      {"an instruction 0xff", with("\xFF")},
      {"pickle's protocol 9", with("\x80\x09")},
      {"ends inside a string", with("X" + t::le<std::uint32_t>(4000000000))},
      {"ends inside its instructions", t::zip({{"archive/data.pkl", "\x80\x02}"}})},
      {"no storage", with(p::global("torch._utils", "_rebuild_tensor_v2") + p::tuple("K\x01K\x02K\x03K\x04") + "R")},
      {"five facts", with(p::tuple(p::text("storage")) + "Q")},
  };
  for (const Broken& b : files) EXPECT_NE(problem_of([&] { (void)parse_torch(t::bytes_of_text(b.file), "x"); }, b.code).find(b.what), std::string::npos) << b.what << ": " << problem_of([&] { (void)parse_torch(t::bytes_of_text(b.file), "x"); }, b.code);
}

// Small files that would make much: lists that hold each other, a list of lists of lists.
TEST(Torch, BombsDoNotGoOff) {
  const std::string ring = "]q\x01h\x01""a";                                // a list that holds itself
  EXPECT_NE(problem_of([&] { (void)parse_torch(t::bytes_of_text(t::torch(ring, {})), "x"); }).find("without end"), std::string::npos);
  std::string laughs = "](K\x01K\x01e";
  for (int level = 0; level < 40; ++level) laughs = laughs + "q\x01](h\x01h\x01h\x01h\x01h\x01h\x01h\x01h\x01""e";
  EXPECT_NE(problem_of([&] { (void)parse_torch(t::bytes_of_text(t::torch(laughs, {})), "x"); }).find("too many"), std::string::npos);
  std::string texts = p::text(std::string(1 << 20, 'x')) + "q\x01";
  for (int i = 0; i < 2000; ++i) texts += "h\x01";
  EXPECT_NE(problem_of([&] { (void)parse_torch(t::bytes_of_text(t::torch(texts, {})), "x"); }).find("too much text"), std::string::npos);
}

TEST(Gguf, TensorsAndFactsAreReadInPyTorchsOrder) {
  // Sizes are told fastest first: 3 x 2 here is [2, 3].
  std::string eight = t::le(float_to_half(0.5F)), four = t::le(float_to_half(0.25F));
  for (int i = 0; i < 32; ++i) eight += static_cast<char>(i - 16);
  for (int i = 0; i < 16; ++i) four += static_cast<char>(i | (15 - i) << 4);
  std::string data = t::floats({0, 1, 2, 3, 4, 5});
  data.resize(32);
  data += eight;
  data.resize(96);
  data += four;
  const std::string pairs = t::gguf_text("general.name") + t::le<std::uint32_t>(8) + t::gguf_text("tiny") + t::gguf_text("layers") + t::le<std::uint32_t>(4) + t::le<std::uint32_t>(7) + t::gguf_text("tokens") +
                            t::le<std::uint32_t>(9) + t::le<std::uint32_t>(8) + t::le<std::uint64_t>(2) + t::gguf_text("a") + t::gguf_text("b");
  const std::string file = t::gguf({{"w", {3, 2}, 0, 0}, {"q8", {32, 1}, 8, 32}, {"q4", {32}, 2, 96}}, data, pairs, 3);
  const Gguf read = parse_gguf(t::bytes_of_text(file), "x");
  EXPECT_EQ(read.tensors.at("w").shape, (Shape{2, 3}));
  EXPECT_EQ(to_floats(read.tensors.at("w")), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  const auto q8 = to_floats(read.tensors.at("q8")), q4 = to_floats(read.tensors.at("q4"));
  for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(q8[i], 0.5F * (static_cast<float>(i) - 16));
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(q4[i], 0.25F * (static_cast<float>(i) - 8));
    EXPECT_EQ(q4[i + 16], 0.25F * (7 - static_cast<float>(i)));
  }
  EXPECT_EQ(read.metadata.at("general.name"), "tiny");
  EXPECT_EQ(read.metadata.at("layers"), "7");
}

TEST(Gguf, EveryBrokenFileIsTold) {
  const std::string data = t::floats({0, 1, 2, 3, 4, 5, 6, 7});
  const std::string fact = t::gguf_text("k");
  const std::vector<Broken> files{
      {"does not begin with GGUF", "GGML" + std::string(40, '\0')},
      {"version 1", t::gguf({}, "", "", 0, 1), ErrorCode::Unsupported},
      {"more than fit in it", "GGUF" + t::le<std::uint32_t>(3) + t::le<std::uint64_t>(1) + t::le<std::uint64_t>(std::uint64_t{1} << 60)},
      {"more than fit in it", "GGUF" + t::le<std::uint32_t>(3) + t::le<std::uint64_t>(std::uint64_t{1} << 60) + t::le<std::uint64_t>(0)},
      {"ends inside a fact's name", t::gguf({}, "", t::le<std::uint64_t>(1000) + std::string(30, 'x'), 1)},
      {"of the kind 99", t::gguf({}, "", fact + t::le<std::uint32_t>(99) + std::string(8, '\0'), 1)},
      {"list of 1152921504606846976 values", t::gguf({}, "", fact + t::le<std::uint32_t>(9) + t::le<std::uint32_t>(4) + t::le<std::uint64_t>(std::uint64_t{1} << 60), 1)},
      {"a list of the kind 9", t::gguf({}, "", fact + t::le<std::uint32_t>(9) + t::le<std::uint32_t>(9) + t::le<std::uint64_t>(1), 1)},
      {"no power of two", t::gguf({}, "", t::gguf_text("general.alignment") + t::le<std::uint32_t>(4) + t::le<std::uint32_t>(24), 1)},
      {"of 9 axes", t::gguf({{"w", {1, 1, 1, 1, 1, 1, 1, 1, 1}, 0, 0}}, data)},
      {"kind 14", t::gguf({{"w", {256}, 14, 0}}, data), ErrorCode::Unsupported},
      {"not aligned", t::gguf({{"w", {2}, 0, 4}}, data)},
      {"too short for the tensor \"w\"", t::gguf({{"w", {9}, 0, 0}}, data)},
      {"too short for the tensor \"w\"", t::gguf({{"w", {2}, 0, 64}}, data)},
      {"too short for the tensor \"w\"", t::gguf({{"w", {std::uint64_t{1} << 40, std::uint64_t{1} << 40}, 0, 0}}, data)},
      {"no whole blocks", t::gguf({{"w", {16, 2}, 8, 0}}, data + data + data)},
      {"two tensors named", t::gguf({{"w", {2}, 0, 0}, {"w", {2}, 0, 0}}, data)},
  };
  for (const Broken& b : files) EXPECT_NE(problem_of([&] { (void)parse_gguf(t::bytes_of_text(b.file), "x"); }, b.code).find(b.what), std::string::npos) << b.what << ": " << problem_of([&] { (void)parse_gguf(t::bytes_of_text(b.file), "x"); }, b.code);
}

TEST(WeightFile, FormatsAreToldByWhatIsInThemAndFoldersAreLookedThrough) {
  const storage::testing::Folder folder;
  const std::string safe = t::safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", t::floats({1, 2}));
  t::write(folder.path() / "m/pytorch_model.bin", safe);                      // whatever its name says
  EXPECT_EQ(WeightFile::open(folder.path() / "m").format(), Format::Safetensors);
  t::write(folder.path() / "torch.safetensors", t::torch(p::dict({{"a", p::tensor("0", 2, 0, {2}, {1})}}), {{"0", t::floats({1, 2})}}));
  const WeightFile torch = WeightFile::open(folder.path() / "torch.safetensors");
  EXPECT_EQ(torch.format(), Format::Torch);
  EXPECT_EQ(to_floats(torch.at("a")), (std::vector<float>{1, 2}));
  t::write(folder.path() / "g", t::gguf({{"a", {2}, 0, 0}}, t::floats({1, 2})));
  EXPECT_EQ(to_floats(WeightFile::open(folder.path() / "g").at("a")), (std::vector<float>{1, 2}));
  EXPECT_NE(problem_of([&] { (void)torch.at("b"); }, ErrorCode::NotFound).find("\"b\" is not in"), std::string::npos);
  std::filesystem::create_directories(folder.path() / "nothing");
  EXPECT_NE(problem_of([&] { (void)WeightFile::open(folder.path() / "nothing"); }, ErrorCode::NotFound).find("no weights in"), std::string::npos);
  EXPECT_NE(problem_of([&] { (void)WeightFile::open(folder.path() / "none.bin"); }, ErrorCode::NotFound).find("no file"), std::string::npos);
  t::write(folder.path() / "old.pt", std::string("\x80\x02\x8A\x0Al\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.", 15));
  EXPECT_NE(problem_of([&] { (void)WeightFile::open(folder.path() / "old.pt"); }, ErrorCode::Unsupported).find("before version 1.6"), std::string::npos);
  for (const char* bytes : {"", "<html>404</html>", "version https://git-lfs.github.com/spec/v1"}) {
    t::write(folder.path() / "no.bin", bytes);
    EXPECT_NE(problem_of([&] { (void)WeightFile::open(folder.path() / "no.bin"); }).find(*bytes != '\0' ? "is no weight file" : "is empty"), std::string::npos);
  }
}

TEST(WeightFile, TextsBesideTheTensorsAreFoundAndNothingElseIsTakenForOne) {
  const storage::testing::Folder folder;
  const auto torch = [&](const std::string& value) {
    t::write(folder.path() / "state_dict.bin", t::torch(value, {{"0", t::floats({1, 2})}}));
    return WeightFile::open(folder.path() / "state_dict.bin");
  };
  const std::string weights = p::dict({{"w", p::tensor("0", 2, 0, {2}, {1})}, {"inner", p::text("not at the top")}});
  const WeightFile file = torch(p::dict({{"best_state", weights}, {"xp.cfg", p::text("dim: 48")}, {"empty", p::text("")}, {"exported", "\x88"}, {"version", "N"}, {"long", p::text(std::string(kLongestText + 1, 'x'))}}));
  EXPECT_EQ(file.text("xp.cfg"), "dim: 48");
  EXPECT_EQ(file.text("empty"), "");
  EXPECT_NE(file.find("best_state.w"), nullptr);
  for (const char* none : {"pretrained", "inner", "best_state.inner", "xp", ""}) EXPECT_FALSE(file.text(none).has_value()) << none;
  for (const char* other : {"exported", "version", "best_state"})
    EXPECT_NE(problem_of([&] { (void)file.text(other); }).find(std::string("under \"") + other + "\" something that is no text"), std::string::npos) << other;
  EXPECT_NE(problem_of([&] { (void)file.text("long"); }).find("a text of 1048577 bytes"), std::string::npos);
  EXPECT_EQ(torch(p::dict({{"long", p::text(std::string(kLongestText, 'x'))}})).text("long")->size(), kLongestText);
  EXPECT_FALSE(torch(p::tensor("0", 2, 0, {2}, {1})).text("xp.cfg").has_value());   // no dict at all
  EXPECT_FALSE(torch("](K\x01""e").text("xp.cfg").has_value());

  t::write(folder.path() / "s", t::safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{"xp.cfg":"dim: 1"}})", t::floats({1})));
  const WeightFile safe = WeightFile::open(folder.path() / "s");
  EXPECT_EQ(safe.text("xp.cfg"), "dim: 1");
  EXPECT_FALSE(safe.text("pretrained").has_value());
}

// Old checkpoints hold the configuration as an object of OmegaConf's; making one would mean to run its code.
TEST(WeightFile, AConfigurationThatIsAnObjectIsRefusedByName) {
  const storage::testing::Folder folder;
  const std::string object = p::global("omegaconf.dictconfig", "DictConfig") + ")\x81" + p::dict({{"_content", p::dict({})}}) + "b";
  t::write(folder.path() / "old.bin", t::torch(p::dict({{"xp.cfg", object}}), {}));
  EXPECT_NE(problem_of([&] { (void)WeightFile::open(folder.path() / "old.bin"); }, ErrorCode::Unsupported).find("wants omegaconf.dictconfig.DictConfig called"), std::string::npos);
}

TEST(WeightFile, ShardsAreOneFile) {
  const storage::testing::Folder folder;
  const auto shard = [](const char* name, float x) { return t::safetensors(std::string("{\"") + name + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", t::floats({x})); };
  t::write(folder.path() / "1.safetensors", shard("a", 1));
  t::write(folder.path() / "2.safetensors", shard("b", 2));
  const auto index = folder.path() / "model.safetensors.index.json";
  t::write(index, R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  const WeightFile both = WeightFile::open(folder.path());
  EXPECT_EQ(to_floats(both.at("a"))[0] + to_floats(both.at("b"))[0], 3);
  const std::vector<Broken> broken{
      {"and it is not", R"({"weight_map":{"a":"1.safetensors","c":"2.safetensors"}})"},
      {"no \"weight_map\"", "[]"},
      {"no file's name", R"({"weight_map":{"a":1}})"},
      {"", R"({"weight_map":{"a":"../1.safetensors"}})"},
      {"", R"({"weight_map":{"a":"/etc/passwd"}})"},
  };
  for (const Broken& b : broken) {
    t::write(index, b.file);
    const std::string problem = problem_of([&] { (void)WeightFile::open(index); });
    EXPECT_FALSE(problem.empty());
    EXPECT_NE(problem.find(b.what), std::string::npos) << problem;
  }
  t::write(folder.path() / "2.safetensors", shard("a", 2));
  t::write(index, R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  EXPECT_NE(problem_of([&] { (void)WeightFile::open(index); }).find("in two shards"), std::string::npos);
}

TEST(TensorTable, WhatIsMissingOrWrongIsTold) {
  const storage::testing::Folder folder;
  t::write(folder.path() / "w", t::safetensors(R"({"n.a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"n.b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})", t::floats({1, 2, 3})));
  const WeightFile file = WeightFile::open(folder.path() / "w");
  EXPECT_EQ(check(file, std::vector<TensorSpec>{{"a", {1, 2}}, {"c", {4}, true}}, "Net", "n."), std::vector<std::string>{"n.b"});
  const std::string problem = problem_of([&] { check(file, std::vector<TensorSpec>{{"a", {2, 1}}, {"b", {1}}, {"c", {4}}}, "Net", "n."); });
  EXPECT_NE(problem.find("weights of Net"), std::string::npos);
  EXPECT_NE(problem.find("\"n.a\" has the shape [1, 2], wanted is [2, 1]"), std::string::npos) << problem;
  EXPECT_NE(problem.find("\"n.c\" of the shape [4] is missing"), std::string::npos) << problem;
}

}  // namespace
}  // namespace figment::weights
