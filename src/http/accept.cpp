#include "http/accept.hpp"

#include <algorithm>
#include <cassert>

#include "http/request.hpp"

namespace tidemark::http {
namespace {

std::string_view trim(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Up to the first of `ends` that is not within a quoted string.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '\\') {
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && ends.find(c) != std::string_view::npos) {
      break;
    }
  }
  at = std::min(at, text.size());
  const std::string_view piece = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return piece;
}

/// "0.25" is 250; what is not a weight is 1,000.
int thousandths(std::string_view text) {
  constexpr int kOne = 1'000;
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return kOne;
  int value = (text[0] - '0') * kOne;
  if (text.size() > 1 && text[1] != '.') return kOne;
  int place = kOne / 10;
  for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
    if (c < '0' || c > '9') return kOne;
    value += (c - '0') * place;
    place /= 10;
  }
  return std::min(value, kOne);
}

}  // namespace

Wanted take_wanted(std::string_view& line) {
  Wanted wanted;
  while (!line.empty() && wanted.name.empty()) {
    std::string_view member = take_until(line, ",");
    wanted.name = trim(take_until(member, ";"));
    wanted.weight = 1'000;
    while (!member.empty()) {
      const std::string_view parameter = trim(take_until(member, ";"));
      if (parameter.size() < 2 || !equal_ignoring_case(parameter.substr(0, 2), "q=")) continue;
      wanted.weight = thousandths(parameter.substr(2));
    }
  }
  return wanted;
}

MediaWeight weight_of(std::string_view accept, std::string_view media_type) {
  assert(media_type.find('/') != std::string_view::npos);
  if (trim(accept).empty()) return {.weight = 1'000, .named = false};
  const std::string_view family = media_type.substr(0, media_type.find('/') + 1);  // "text/"
  MediaWeight best;
  int best_rank = 0;
  for (Wanted wanted = take_wanted(accept); !wanted.name.empty(); wanted = take_wanted(accept)) {
    int rank = 0;
    if (wanted.name == "*/*") rank = 1;
    const bool any_of_family = wanted.name.size() == family.size() + 1 &&
                               wanted.name.ends_with('*') &&
                               equal_ignoring_case(wanted.name.substr(0, family.size()), family);
    if (any_of_family) rank = 2;
    if (equal_ignoring_case(wanted.name, media_type)) rank = 3;
    if (rank == 0 || rank < best_rank) continue;
    const int before = rank == best_rank ? best.weight : 0;
    best = {.weight = std::max(wanted.weight, before), .named = rank == 3};
    best_rank = rank;
  }
  return best;
}

}  // namespace tidemark::http
