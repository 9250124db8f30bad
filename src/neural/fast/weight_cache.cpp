#include "neural/fast/weight_cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "base/error.h"
#include "storage/mapped_file.h"

namespace figment::neural {
namespace {

constexpr std::string_view kMagic = "FGQUANT1";
constexpr std::int64_t kAlign = 64;

struct Row {
  std::int64_t precision, rows, columns, offset;
};

std::int64_t aligned(std::int64_t at) { return (at + kAlign - 1) / kAlign * kAlign; }

struct Plan {
  std::string head;                      // all that comes before the matrices
  std::vector<Row> rows;
  std::int64_t bytes = 0;
};

Plan plan_of(const std::vector<MatrixSource>& sources, const std::string& made_of) {
  Plan plan;
  const auto count = static_cast<std::int64_t>(sources.size());
  std::int64_t at = aligned(static_cast<std::int64_t>(kMagic.size()) + 8 + static_cast<std::int64_t>(made_of.size()) + 8 + count * static_cast<std::int64_t>(sizeof(Row)));
  for (const MatrixSource& source : sources) {
    std::int64_t rows = 0;
    for (const weights::Tensor* part : source.parts) rows += part->shape[0];
    const std::int64_t columns = source.parts.front()->shape[1];
    plan.rows.push_back({static_cast<std::int64_t>(source.precision), rows, columns, at});
    at = aligned(at + quantized_bytes(source.precision, rows, columns));
  }
  plan.bytes = at;
  const auto put = [&](const void* from, std::size_t size) { plan.head.append(static_cast<const char*>(from), size); };
  const auto length = static_cast<std::int64_t>(made_of.size());
  plan.head = kMagic;
  put(&length, 8);
  plan.head += made_of;
  put(&count, 8);
  put(plan.rows.data(), plan.rows.size() * sizeof(Row));
  return plan;
}

QuantizedSet set_of(const Plan& plan, const std::byte* begin, std::shared_ptr<const void> memory) {
  QuantizedSet set;
  set.memory = std::move(memory);
  set.bytes = plan.bytes;
  for (const Row& row : plan.rows) set.matrices.push_back({static_cast<Precision>(row.precision), row.rows, row.columns, begin + row.offset});
  return set;
}

void fill(const std::vector<MatrixSource>& sources, const Plan& plan, std::byte* begin, const Progress& progress) {
  std::vector<float> floats;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    progress.check();
    const Row& row = plan.rows[i];
    floats.resize(static_cast<std::size_t>(row.rows * row.columns));
    std::size_t at = 0;
    for (const weights::Tensor* part : sources[i].parts) {
      const auto size = static_cast<std::size_t>(part->size());
      weights::to_floats(*part, std::span(floats).subspan(at, size));
      at += size;
    }
    quantize(floats, row.rows, row.columns, sources[i].precision, begin + row.offset);
    progress.set(static_cast<double>(i + 1) / static_cast<double>(sources.size()), "quantizing the weights, once");
  }
}

}  // namespace

QuantizedSet quantized_set(const std::vector<MatrixSource>& sources, const std::string& made_of, const std::filesystem::path& file, const Progress& progress) {
  const Plan plan = plan_of(sources, made_of);
  if (!file.empty() && std::filesystem::exists(file)) {
    const storage::MappedFile kept = storage::MappedFile::open(file);
    const auto bytes = kept.bytes();
    if (static_cast<std::int64_t>(bytes.size()) == plan.bytes && std::memcmp(bytes.data(), plan.head.data(), plan.head.size()) == 0)
      return set_of(plan, bytes.data(), std::make_shared<storage::MappedFile>(kept));
  }
  // Written through a mapping of the file that will be kept, so that memory never holds it twice.
  const std::filesystem::path aside = file.string() + ".part-" + std::to_string(::getpid());      // two programs may be at it
  const int handle = file.empty() ? -1 : ::open(aside.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const bool kept = handle >= 0 && ::posix_fallocate(handle, 0, plan.bytes) == 0;
  void* memory = ::mmap(nullptr, static_cast<std::size_t>(plan.bytes), PROT_READ | PROT_WRITE, kept ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, kept ? handle : -1, 0);
  const auto give_up = [&] {
    if (handle >= 0) ::close(handle), ::unlink(aside.c_str());
  };
  if (memory == MAP_FAILED) {
    give_up();
    throw Error(ErrorCode::OutOfMemory, "the quantized weights take " + std::to_string(plan.bytes >> 20) + " MB, which this machine does not have", "--precision q4 takes about half of what q8 takes");
  }
  std::shared_ptr<const void> holder(memory, [size = static_cast<std::size_t>(plan.bytes)](const void* p) { ::munmap(const_cast<void*>(p), size); });
  try {
    fill(sources, plan, static_cast<std::byte*>(memory), progress);
  } catch (...) {
    give_up();
    throw;
  }
  std::memcpy(memory, plan.head.data(), plan.head.size());
  if (handle >= 0) {
    const bool whole = kept && ::msync(memory, static_cast<std::size_t>(plan.bytes), MS_SYNC) == 0 && ::fsync(handle) == 0 && ::rename(aside.c_str(), file.c_str()) == 0;
    ::close(handle);
    if (!whole) ::unlink(aside.c_str());
  }
  return set_of(plan, static_cast<const std::byte*>(memory), std::move(holder));
}

}  // namespace figment::neural
