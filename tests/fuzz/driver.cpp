// Runs a fuzz target where libFuzzer is not at hand: random inputs, and random changes of those
// before. It finds less than libFuzzer does, but runs everywhere. The seed is printed; the same
// seed tries the same inputs in the same order. A file as argument is tried once, to see a failure
// again; the files of a folder are where it starts from.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;
using Random = std::mt19937_64;

constexpr std::size_t kInputBytesMax = 4096;
constexpr std::size_t kKeptMax = 256;

void change(Input& input, Random& random) {
  const auto at = [&] { return input.empty() ? 0 : random() % input.size(); };
  switch (random() % 6) {
    case 0:
      input.resize(random() % kInputBytesMax);
      for (auto& byte : input) byte = static_cast<std::uint8_t>(random());
      return;
    case 1:
      if (!input.empty()) input[at()] = static_cast<std::uint8_t>(random());
      return;
    case 2:
      if (!input.empty()) input[at()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
      return;
    case 3:
      input.resize(at());
      return;
    case 4:
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(at()),
                   static_cast<std::uint8_t>(random()));
      return;
    default:
      input.insert(input.end(), input.begin() + static_cast<std::ptrdiff_t>(at()), input.end());
      if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
      return;
  }
}

Input read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int try_file(const char* path) {
  const Input input = read_file(path);
  return LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = std::random_device{}();
  std::chrono::seconds budget{10};
  std::vector<Input> kept(1);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    constexpr std::string_view kTime = "-max_total_time=";
    constexpr std::string_view kSeed = "-seed=";
    if (argument.starts_with(kTime)) {
      budget = std::chrono::seconds(std::atol(argv[i] + kTime.size()));
    } else if (argument.starts_with(kSeed)) {
      seed = std::strtoull(argv[i] + kSeed.size(), nullptr, 10);
    } else if (std::filesystem::is_directory(argv[i])) {
      const std::filesystem::directory_iterator files(argv[i]);
      std::vector<std::filesystem::path> paths(begin(files), end(files));
      std::sort(paths.begin(), paths.end());  // the same order everywhere
      for (const auto& path : paths) {
        kept.push_back(read_file(path));
        LLVMFuzzerTestOneInput(kept.back().data(), kept.back().size());
      }
    } else {
      return try_file(argv[i]);
    }
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  Random random(seed);
  const std::size_t seeds_end = kept.size();
  std::uint64_t runs = 0;
  const auto end = std::chrono::steady_clock::now() + budget;
  while (std::chrono::steady_clock::now() < end) {
    Input input = kept[random() % kept.size()];
    for (auto changes = 1 + random() % 4; changes > 0; --changes) change(input, random);
    LLVMFuzzerTestOneInput(input.data(), input.size());
    ++runs;
    if (kept.size() < kKeptMax) {
      kept.push_back(std::move(input));
    } else {
      kept[seeds_end + (random() % (kept.size() - seeds_end))] = std::move(input);
    }
  }
  std::printf("%llu inputs\n", static_cast<unsigned long long>(runs));
}
