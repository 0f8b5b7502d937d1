#include "archive/manifest_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>

#include "archive/checksum.hpp"

namespace tidemark::archive {
namespace {

using base::ErrorCode;

constexpr std::string_view kTitle = "tidemark-manifest";
// The lowest version that can express the content, so that earlier programs can read it too.
constexpr std::uint64_t kVersionPlain = 1;
constexpr std::uint64_t kVersionWithSums = 2;  // and with a witness
constexpr std::uint64_t kVersionWithGaps = 3;
constexpr std::uint64_t kVersion = kVersionWithGaps;

void append(std::string& text, const Witness& witness) {
  if (witness.folder == 0) return;
  text += "witness " + hexadecimal(witness.folder) + ' ' + std::to_string(witness.epoch) + ' ' +
          std::to_string(witness.reached) + '\n';
}

void append(std::string& text, const SegmentFile& segment, std::uint64_t version) {
  text += "segment " + segment.file + ' ' + std::to_string(segment.first) + ' ' +
          std::to_string(segment.end);
  if (version >= kVersionWithGaps) text += ' ' + std::to_string(segment.rows);
  text += ' ' + std::to_string(segment.occurred_min) + ' ' + std::to_string(segment.occurred_max) +
          ' ' + std::to_string(segment.bytes) + ' ' + hexadecimal(segment.content_hash);
  for (const auto sum : segment.block_sums) text += ' ' + hexadecimal(sum);
  text += '\n';
}

void append(std::string& text, const EmptiedRange& range) {
  text += "emptied " + std::to_string(range.first) + ' ' + std::to_string(range.end) + '\n';
}

void append(std::string& text, const RunFile& run) {
  text += "run " + run.file + ' ' + std::to_string(run.first) + ' ' + std::to_string(run.end) +
          ' ' + std::to_string(run.partition_first) + ' ' + std::to_string(run.partition_end) +
          ' ' + std::to_string(run.ids) + ' ' + std::to_string(run.bytes) + ' ' +
          hexadecimal(run.checksum) + '\n';
}

/// The words of one line, taken from the left; `good` turns false where one is not as it should be.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view word() {
    const auto end = rest_.find(' ');
    const auto taken = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    more_ = end != std::string_view::npos;
    if (taken.empty()) good_ = false;
    return taken;
  }
  template <class T>
  T number(int base = 10) {
    const auto text = word();
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) good_ = false;
    return value;
  }
  /// A plain name of a file: it leads nowhere else.
  std::string name() {
    const auto text = word();
    if (text.find('/') != std::string_view::npos || text.front() == '.') good_ = false;
    return std::string(text);
  }
  [[nodiscard]] bool good_and_more() const { return good_ && more_; }
  [[nodiscard]] bool good_and_over() const { return good_ && !more_; }

 private:
  std::string_view rest_;
  bool good_ = true;
  bool more_ = true;
};

base::Error corrupt(std::size_t line, std::string_view what) {
  return {ErrorCode::Corrupt, "line " + std::to_string(line) + " is damaged: " + std::string(what)};
}

base::Status parse_witness(Words& words, std::size_t line, Manifest& manifest) {
  manifest.witness.folder = words.number<std::uint64_t>(16);
  manifest.witness.epoch = words.number<std::uint64_t>();
  manifest.witness.reached = words.number<Sequence>();
  if (!words.good_and_over()) return corrupt(line, "not a witness");
  return base::ok;
}

base::Status parse_segment(Words& words, std::size_t line, std::uint64_t version,
                           Manifest& manifest) {
  SegmentFile segment;
  segment.file = words.name();
  segment.first = words.number<Sequence>();
  segment.end = words.number<Sequence>();
  segment.rows =
      version >= kVersionWithGaps ? words.number<std::uint64_t>() : segment.end - segment.first;
  segment.occurred_min = words.number<Micros>();
  segment.occurred_max = words.number<Micros>();
  segment.bytes = words.number<std::uint64_t>();
  segment.content_hash = words.number<std::uint64_t>(16);
  while (words.good_and_more()) segment.block_sums.push_back(words.number<std::uint64_t>(16));
  const auto blocks = (segment.bytes + kSumBlockBytes - 1) / kSumBlockBytes;
  if (!segment.block_sums.empty() && segment.block_sums.size() != blocks) {
    return corrupt(line, "not as many sums as the segment has blocks");
  }
  if (!words.good_and_over()) return corrupt(line, "not a segment");
  if (segment.first != manifest.end() || segment.end <= segment.first) {
    return corrupt(line, "the segment does not follow the one before");
  }
  if (segment.rows == 0 || segment.rows > segment.end - segment.first) {
    return corrupt(line, "not as many rows as the segment can have");
  }
  manifest.segments.push_back(std::move(segment));
  return base::ok;
}

base::Status parse_emptied(Words& words, std::size_t line, Manifest& manifest) {
  EmptiedRange range;
  range.first = words.number<Sequence>();
  range.end = words.number<Sequence>();
  if (!words.good_and_over()) return corrupt(line, "not an emptied range");
  if (range.first != manifest.end() || range.end <= range.first) {
    return corrupt(line, "the emptied range does not follow what is before it");
  }
  manifest.emptied.push_back(range);
  return base::ok;
}

base::Status parse_run(Words& words, std::size_t line, Manifest& manifest) {
  RunFile run;
  run.file = words.name();
  run.first = words.number<Sequence>();
  run.end = words.number<Sequence>();
  run.partition_first = words.number<std::uint32_t>();
  run.partition_end = words.number<std::uint32_t>();
  run.ids = words.number<std::uint64_t>();
  run.bytes = words.number<std::uint64_t>();
  run.checksum = words.number<std::uint64_t>(16);
  if (!words.good_and_over()) return corrupt(line, "not a run");
  manifest.runs.push_back(std::move(run));
  return base::ok;
}

/// The title tells the version before the checksum is looked at: a newer one may do it otherwise.
base::Result<std::uint64_t> version_of(std::string_view line) {
  Words words(line);
  if (words.word() != kTitle) return corrupt(1, "this is not a manifest");
  const auto version = words.number<std::uint64_t>();
  if (!words.good_and_over()) return corrupt(1, "this is not a manifest");
  if (version > kVersion) {
    return base::Error(ErrorCode::InvalidInput,
                       "written by a newer Tidemark (format " + std::to_string(version) +
                           ", this one reads up to " + std::to_string(kVersion) +
                           "); start that one instead");
  }
  return version;
}

std::uint64_t least_version_of(const Manifest& manifest) {
  if (!manifest.emptied.empty() ||
      !std::ranges::all_of(manifest.segments, &SegmentFile::is_dense)) {
    return kVersionWithGaps;
  }
  const auto has_sums = [](const SegmentFile& segment) { return !segment.block_sums.empty(); };
  const bool plain =
      manifest.witness.folder == 0 && std::ranges::none_of(manifest.segments, has_sums);
  return plain ? kVersionPlain : kVersionWithSums;
}

/// Checks the last line, and gives what comes before it.
base::Result<std::string_view> without_checksum(std::string_view text) {
  constexpr std::string_view kWord = "checksum ";
  const auto at = text.rfind(kWord);
  const bool whole =
      at != std::string_view::npos && at > 0 && text[at - 1] == '\n' &&
      text.substr(at + kWord.size()) == hexadecimal(checksum(text.substr(0, at))) + '\n';
  if (!whole) return base::Error(ErrorCode::Corrupt, "the checksum in the last line does not fit");
  return text.substr(0, at);
}

}  // namespace

std::string manifest_text(const Manifest& manifest) {
  const auto version = least_version_of(manifest);
  std::string text(kTitle);
  text +=
      ' ' + std::to_string(version) + "\ngeneration " + std::to_string(manifest.generation) + '\n';
  append(text, manifest.witness);
  // In the order of sequences: each line continues the one before.
  auto range = manifest.emptied.begin();
  for (const auto& segment : manifest.segments) {
    for (; range != manifest.emptied.end() && range->first < segment.first; ++range) {
      append(text, *range);
    }
    append(text, segment, version);
  }
  for (; range != manifest.emptied.end(); ++range) append(text, *range);
  for (const auto& run : manifest.runs) append(text, run);
  return text += "checksum " + hexadecimal(checksum(text)) + '\n';
}

base::Result<Manifest> parse_manifest(std::string_view text) {
  const auto version = version_of(text.substr(0, text.find('\n')));
  if (!version) return version.error();
  auto content = without_checksum(text);
  if (!content) return content.error();

  Manifest manifest;
  std::size_t number = 0;
  for (auto rest = *content; !rest.empty();) {
    const auto end = rest.find('\n');
    Words words(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (++number == 1) continue;  // the title
    const auto kind = words.word();
    base::Status parsed = base::ok;
    if (kind == "segment") {
      parsed = parse_segment(words, number, *version, manifest);
    } else if (kind == "emptied" && *version >= kVersionWithGaps) {
      parsed = parse_emptied(words, number, manifest);
    } else if (kind == "run") {
      parsed = parse_run(words, number, manifest);
    } else if (kind == "witness") {
      parsed = parse_witness(words, number, manifest);
    } else if (kind == "generation" && number == 2) {
      manifest.generation = words.number<std::uint64_t>();
      if (!words.good_and_over()) parsed = corrupt(number, "not a generation");
    } else {
      parsed = corrupt(number, "unknown");
    }
    if (!parsed) return parsed.error();
  }
  return manifest;
}

}  // namespace tidemark::archive
