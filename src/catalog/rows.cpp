#include "catalog/rows.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "catalog/json_text.hpp"

namespace tidemark::catalog {
namespace {

using base::Error;
using base::ErrorCode;
using event::ProjectId;

/// Reads the values of a row one after another. After one that is not what was asked for, `is_good`
/// is false, and the rest means nothing.
class RowReader {
 public:
  explicit RowReader(const Row& row) : row_(row) {}

  std::optional<std::int64_t> maybe_number() {
    const auto* value = next();
    if (value == nullptr || std::holds_alternative<std::monostate>(*value)) return std::nullopt;
    const auto* number = std::get_if<std::int64_t>(value);
    is_good_ = is_good_ && number != nullptr;
    return number != nullptr ? std::optional(*number) : std::nullopt;
  }

  std::int64_t number() { return need(maybe_number()); }

  std::uint64_t id() {
    const auto value = number();
    is_good_ = is_good_ && value >= 0;
    return static_cast<std::uint64_t>(value);
  }

  std::optional<ProjectId> maybe_project() {
    const auto value = maybe_number();
    if (!value) return std::nullopt;
    is_good_ = is_good_ && std::in_range<std::uint32_t>(*value);
    return static_cast<ProjectId>(*value);
  }

  ProjectId project() { return need(maybe_project()); }

  std::string text() {
    const auto* value = next();
    const auto* text = value != nullptr ? std::get_if<std::string>(value) : nullptr;
    is_good_ = is_good_ && text != nullptr;
    return text != nullptr ? *text : std::string();
  }

  /// What `read` makes of a text, which may be nothing.
  template <class Read>
  auto text_as(const Read& read) {
    return need(read(text()));
  }

  /// True: everything was as asked for, and nothing is left.
  [[nodiscard]] bool is_good() const { return is_good_ && at_ == row_.size(); }

 private:
  const Value* next() {
    if (at_ < row_.size()) return &row_[at_++];
    is_good_ = false;
    return nullptr;
  }

  template <class T>
  T need(std::optional<T> value) {
    is_good_ = is_good_ && value;
    return value ? std::move(*value) : T{};
  }

  const Row& row_;
  std::size_t at_ = 0;
  bool is_good_ = true;
};

Error unreadable(std::string_view table) {
  return {ErrorCode::Corrupt, "a row of the table `" + std::string(table) +
                                  "` does not read back as this program writes it"};
}

std::optional<KeyKind> kind_of(std::string_view name) {
  for (const auto kind : {KeyKind::Write, KeyKind::Read, KeyKind::Admin}) {
    if (name == name_of(kind)) return kind;
  }
  return std::nullopt;
}

std::optional<unsigned> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  return std::nullopt;
}

std::optional<KeyDigest> digest_of(std::string_view text) {
  KeyDigest digest{};
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t at = 0; at < digest.size(); ++at) {
    const auto high = digit_of(text[2 * at]);
    const auto low = digit_of(text[(2 * at) + 1]);
    if (!high || !low) return std::nullopt;
    digest[at] = static_cast<std::byte>(*high << 4U | *low);
  }
  return digest;
}

}  // namespace

base::Result<Project> project_of(const Row& row) {
  RowReader reader(row);
  Project project;
  project.id = reader.project();
  project.name = reader.text();
  project.title = reader.text();
  project.timezone = reader.text();
  project.created_at = reader.number();
  if (!reader.is_good()) return unreadable("catalog_project");
  return project;
}

base::Result<Key> key_of(const Row& row) {
  RowReader reader(row);
  Key key;
  key.id = reader.id();
  key.kind = reader.text_as(kind_of);
  key.project = reader.maybe_project();
  key.name = reader.text();
  key.digest = reader.text_as(digest_of);
  key.origins = reader.text_as(list_of_text);
  key.created_at = reader.number();
  key.expires_at = reader.maybe_number();
  key.last_used_at = reader.maybe_number();
  key.revoked_at = reader.maybe_number();
  // A key without its project would be one of all projects.
  if (!reader.is_good() || (!key.project && key.kind != KeyKind::Admin)) {
    return unreadable("catalog_key");
  }
  return key;
}

base::Result<AuditEntry> audit_entry_of(const Row& row) {
  RowReader reader(row);
  AuditEntry entry;
  entry.id = reader.id();
  entry.at = reader.number();
  entry.who = reader.text();
  entry.from = reader.text();
  entry.what = reader.text();
  entry.on = reader.text();
  entry.project = reader.maybe_project();
  entry.detail = reader.text();
  if (!reader.is_good()) return unreadable("catalog_audit");
  return entry;
}

base::Result<std::int64_t> number_of(const Rows& rows) {
  if (rows.size() == 1) {
    RowReader reader(rows.front());
    const auto number = reader.number();
    if (reader.is_good()) return number;
  }
  return Error(ErrorCode::Corrupt, "a table of the catalog does not hold its one row");
}

std::string text_of(const KeyDigest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : digest) {
    text += kDigits[std::to_integer<std::size_t>(byte >> 4U)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

Value value_of(std::optional<ProjectId> project) {
  if (!project) return {};
  return std::int64_t{static_cast<std::uint32_t>(*project)};
}

Value value_of(std::optional<Micros> instant) {
  if (!instant) return {};
  return *instant;
}

std::int64_t stored(std::uint64_t id) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(id, kMost));
}

}  // namespace tidemark::catalog
