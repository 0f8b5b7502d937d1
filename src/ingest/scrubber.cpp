#include "ingest/scrubber.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/this_thread.hpp"
#include "telemetry/log.hpp"

namespace tidemark::ingest {
namespace {

/// Between two looks whether a file is due.
constexpr std::chrono::seconds kRound{1};
/// A file is due at this part of a pass, so that the last one is read within it.
constexpr double kDueAt = 0.5;
constexpr int kNice = 19;
/// For the file that remembers the checks: a line is some 60 bytes.
constexpr std::uint64_t kRememberedBytesMax = std::uint64_t{64} << 20U;

std::int64_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

Scrubber::Scrubber(Parts parts, Options options)
    : parts_(parts), options_(std::move(options)), begun_(seconds_now()) {
  assert(options_.pass.count() > 0);
  recall();
  thread_ = std::thread([this] { run(); });
}

Scrubber::~Scrubber() { stop(); }

void Scrubber::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_one();
  if (!thread_.joinable()) return;
  thread_.join();
  remember();
}

bool Scrubber::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Scrubber::pause(std::chrono::duration<double> time) {
  std::unique_lock lock(mutex_);
  stop_.wait_for(lock, time, [&] { return stopping_; });
}

void Scrubber::run() {
  base::name_this_thread("scrubber");
  base::be_nice(kNice);
  while (!stopping()) {
    if (!read_next()) pause(kRound);
  }
}

std::int64_t Scrubber::checked_at(const std::string& file) const {
  const auto here = parts_.checks.checked_at(file);
  const std::lock_guard lock(mutex_);
  const auto earlier = recalled_.find(file);
  return std::max(here, earlier == recalled_.end() ? 0 : earlier->second);
}

bool Scrubber::read_next() {
  const auto manifest = parts_.manifests.current();
  const archive::SegmentFile* next = nullptr;
  std::int64_t oldest = 0;
  for (const auto& segment : manifest->segments) {
    const auto at = checked_at(segment.file);
    if (next != nullptr && at >= oldest) continue;
    next = &segment;
    oldest = at;
  }
  if (next == nullptr) return false;
  const auto due = static_cast<std::int64_t>(kDueAt * static_cast<double>(options_.pass.count()));
  if (seconds_now() - oldest < due) return false;
  const bool hurry = parts_.checks.sums_of(*next).empty();
  const auto read = parts_.checks.read_again(
      *manifest, *next, [&](std::uint64_t bytes) { pace(bytes, hurry); },
      [this] { return stopping(); });
  if (stopping()) return false;
  if (!read && read.error().code() != base::ErrorCode::Corrupt) {
    telemetry::warning("a segment cannot be checked",
                       {{"reason", std::string_view(read.error().message())}});
  }
  {
    const std::lock_guard lock(mutex_);
    recalled_[next->file] = seconds_now();
  }
  remember();
  return true;
}

void Scrubber::pace(std::uint64_t bytes, bool hurry) {
  std::uint64_t all = 0;
  const auto manifest = parts_.manifests.current();
  for (const auto& segment : manifest->segments) all += segment.bytes;
  // Half of a pass for all of them, the other half until the first is due again.
  double rate = static_cast<double>(all) / (kDueAt * static_cast<double>(options_.pass.count()));
  if (hurry) rate = static_cast<double>(kBytesPerSecondMax);
  rate = std::min(rate, static_cast<double>(kBytesPerSecondMax));
  assert(rate > 0);
  pause(std::chrono::duration<double>(static_cast<double>(bytes) / rate));
}

std::chrono::seconds Scrubber::oldest_check() const {
  const auto now = seconds_now();
  std::int64_t oldest = now;
  const auto manifest = parts_.manifests.current();
  for (const auto& segment : manifest->segments) {
    const auto at = checked_at(segment.file);
    oldest = std::min(oldest, at == 0 ? begun_ : at);
  }
  return std::chrono::seconds(std::max<std::int64_t>(now - oldest, 0));
}

void Scrubber::recall() {
  const auto text = files::read_whole(parts_.files, options_.remembered, kRememberedBytesMax);
  if (!text) return;  // as if no file had been read
  for (std::string_view rest = *text; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto space = line.find(' ');
    std::int64_t at = 0;
    if (space == std::string_view::npos) continue;
    const auto number = line.substr(space + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), at);
    if (error != std::errc() || end != number.data() + number.size()) continue;
    recalled_[std::string(line.substr(0, space))] = std::min(at, begun_);
  }
}

void Scrubber::remember() {
  std::string text;
  const auto manifest = parts_.manifests.current();
  for (const auto& segment : manifest->segments) {
    const auto at = checked_at(segment.file);
    if (at != 0) text += segment.file + ' ' + std::to_string(at) + '\n';
  }
  if (text.empty()) return;
  if (options_.may_write && !options_.may_write()) return;
  const auto folder = options_.remembered.parent_path();
  auto kept = parts_.files.make_folder(folder);
  if (kept) kept = files::replace_whole(parts_.files, options_.remembered, text);
  if (!kept) {
    telemetry::warning(
        "after a new start, segments that were checked already will be checked again",
        {{"reason", std::string_view(kept.error().message())}});
  }
}

}  // namespace tidemark::ingest
