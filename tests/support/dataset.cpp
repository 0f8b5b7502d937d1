#include "support/dataset.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <boost/json/parse.hpp>
#include <zlib.h>

namespace tidemark::testing_support {
namespace {

std::filesystem::path shared_folder() {
  if (const char* named = std::getenv("TIDEMARK_SHARED")) return named;
  return std::filesystem::path(TIDEMARK_SOURCE_DIR) / ".." / "shared";
}

std::vector<std::string> read_lines(const std::string& file) {
  std::vector<std::string> lines;
  gzFile in = gzopen(file.c_str(), "rb");
  std::string line;
  char piece[65'536];
  while (gzgets(in, piece, sizeof piece) != nullptr) {
    line += piece;
    if (!line.ends_with('\n')) continue;
    line.pop_back();
    lines.push_back(std::move(line));
    line.clear();
  }
  if (!line.empty()) lines.push_back(line);
  gzclose(in);
  return lines;
}

}  // namespace

std::optional<Dataset> load_dataset(const std::string& name) {
  const auto folder = shared_folder() / "datasets" / name;
  if (!std::filesystem::exists(folder / "truth.json")) return std::nullopt;
  Dataset set{.name = name, .events_file = folder / "events.ndjson.gz", .lines = {}, .truth = {}};
  set.lines = read_lines(set.events_file);
  std::ifstream truth(folder / "truth.json");
  set.truth = boost::json::parse(std::string(std::istreambuf_iterator<char>(truth), {}));
  return set;
}

bool datasets_are_required() { return std::getenv("TIDEMARK_REQUIRE_SHARED") != nullptr; }

}  // namespace tidemark::testing_support
