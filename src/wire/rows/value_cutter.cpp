#include "wire/rows/value_cutter.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "wire/event_parser.hpp"
#include "wire/fault_log.hpp"
#include "wire/json_scanner.hpp"
#include "wire/reader.hpp"

namespace tidemark::wire {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool ends_scalar(char c) { return is_space(c) || c == ',' || c == ']' || c == '}'; }

}  // namespace

void ValueCutter::pass(const char* to) {
  assert(pieces_.at() <= to && to <= pieces_.end());
  line_ += static_cast<std::uint64_t>(std::count(pieces_.at(), to, '\n'));
  pieces_.pass_to(to);
}

/// To the next byte that is not a white space; false where there is none.
bool ValueCutter::skip_space() {
  for (;;) {
    pass(std::find_if_not(pieces_.at(), pieces_.end(), is_space));
    if (pieces_.at() != pieces_.end()) return true;
    if (pieces_.ended()) return false;
    pieces_.fill();
  }
}

base::Error ValueCutter::wrong(std::string_view expected) const {
  return {base::ErrorCode::InvalidInput,
          "line " + std::to_string(line_) + ": expected " + std::string(expected) + ", found " +
              (pieces_.at() == pieces_.end() ? "the end of the file"
                                             : shown(pieces_.rest().substr(0, 20)))};
}

/// Passes `{"events":[`. False where something else stands here, which is not passed.
bool ValueCutter::enter_events() {
  JsonScanner scanner{pieces_.at(), pieces_.end()};
  StringToken key;
  if (!scanner.accept('{')) return false;
  scanner.skip_space();
  if (scanner.peek() != '"' || !scanner.string(key) || !key_is(key, "events")) return false;
  scanner.skip_space();
  if (!scanner.accept(':')) return false;
  scanner.skip_space();
  if (!scanner.accept('[')) return false;
  pass(scanner.at());
  return true;
}

/// To where a value begins, or false at the end.
base::Result<bool> ValueCutter::to_value() {
  for (;;) {
    const bool more = skip_space();
    if (!more && pieces_.failure()) return *pieces_.failure();
    if (place_ == Place::InArray) {
      const auto found = next_in_array();
      if (!found || *found) return found;
    } else if (place_ == Place::BehindEvents) {
      if (!more || *pieces_.at() != '}') return wrong("} after the events, and no other field");
      pass(pieces_.at() + 1);
      place_ = Place::Outside;
    } else if (!more) {
      return false;
    } else if (*pieces_.at() == '[') {
      pass(pieces_.at() + 1);
      place_ = Place::InArray;
      within_events_ = false;
      first_of_array_ = true;
    } else if (enter_events()) {
      place_ = Place::InArray;
      within_events_ = true;
      first_of_array_ = true;
    } else {
      return true;
    }
  }
}

/// True at a value; false after the array.
base::Result<bool> ValueCutter::next_in_array() {
  const auto next = [&] { return pieces_.at() == pieces_.end() ? '\0' : *pieces_.at(); };
  if (next() == ']') {
    pass(pieces_.at() + 1);
    place_ = within_events_ ? Place::BehindEvents : Place::Outside;
    return false;
  }
  if (!std::exchange(first_of_array_, false)) {
    if (next() != ',') return wrong("a comma or ]");
    pass(pieces_.at() + 1);
    if (!skip_space() && pieces_.failure()) return *pieces_.failure();
  }
  if (next() == ']' || next() == ',' || next() == '}' || next() == '\0') return wrong("an event");
  return true;
}

/// Moves `p` past the value; false if the value does not end before `end`.
bool ValueCutter::scan(const char*& p, const char* end, Scan& scan) {
  for (; p != end; ++p) {
    const char c = *p;
    if (scan.in_string) {
      if (scan.escaped) {
        scan.escaped = false;
      } else if (c == '\\') {
        scan.escaped = true;
      } else if (c == '"') {
        scan.in_string = false;
        if (scan.depth == 0) return ++p, true;
      }
    } else if (scan.depth == 0 && scan.begun && ends_scalar(c)) {
      return true;
    } else if (c == '"') {
      scan.in_string = true;
    } else if (c == '{' || c == '[') {
      ++scan.depth;
    } else if ((c == '}' || c == ']') && scan.depth > 0 && --scan.depth == 0) {
      return ++p, true;
    }
    scan.begun = true;
  }
  return false;
}

base::Result<std::optional<Row>> ValueCutter::cut_value() {
  Row row{.text = {}, .line = line_};
  Scan state;
  const char* p = pieces_.at();
  for (;;) {
    const bool whole = scan(p, pieces_.end(), state);
    const auto bytes = static_cast<std::size_t>(p - pieces_.at());
    if (!row.too_long && bytes > kRowBytesMax) {
      row.too_long = true;
      const auto start = pieces_.rest().substr(0, kRowBytesMax);
      long_start_ = start.substr(0, start.find('\n'));
    }
    const bool at_end = !whole && pieces_.ended();
    if (at_end && pieces_.failure()) return *pieces_.failure();
    // A scalar may end with the file, because nothing else says that it goes on.
    if (at_end && (state.depth > 0 || state.in_string)) {
      return base::Error{base::ErrorCode::InvalidInput, "line " + std::to_string(row.line) +
                                                            ": the value that begins there does "
                                                            "not end before the file does"};
    }
    if (whole || at_end) {
      row.text = row.too_long ? std::string_view(long_start_) : std::string_view(pieces_.at(), p);
      pass(p);
      return std::optional(row);
    }
    if (row.too_long) pass(p);
    const auto passed = static_cast<std::size_t>(p - pieces_.at());
    pieces_.fill();
    p = pieces_.at() + passed;
  }
}

base::Result<std::optional<Row>> ValueCutter::next() {
  const auto there = to_value();
  if (!there) return there.error();
  if (!*there) return std::optional<Row>{};
  return cut_value();
}

}  // namespace tidemark::wire
