#include "wire/repeated_keys.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "wire/minified.hpp"
#include "wire/unescape.hpp"

namespace tidemark::wire {
namespace {

struct Member {
  std::string_view key;    // as written
  std::string_view value;  // as written
  bool stays = true;
};

/// The members of an object, the repeated ones marked.
std::vector<Member> members_of(std::string_view object) {
  std::vector<Member> members;
  minified::for_each_member(object, [&](std::string_view key, std::string_view value) {
    members.push_back({.key = key, .value = value});
    return true;
  });
  std::deque<std::string> plain_keys;
  // Sorted and not hashed: a sender that chooses keys with one hash must not be able to slow it
  // down.
  std::vector<std::pair<std::string_view, std::size_t>> order;
  order.reserve(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::string_view key = members[i].key;
    if (key.find('\\') != std::string_view::npos) {
      std::string& plain = plain_keys.emplace_back(key.size(), '\0');
      plain.resize(unescape(key, plain.data()));
      key = plain;
    }
    order.emplace_back(key, i);
  }
  std::sort(order.begin(), order.end());
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i - 1].first == order[i].first) members[order[i - 1].second].stays = false;
  }
  return members;
}

class Copy {
 public:
  explicit Copy(char* out) : out_(out) {}
  [[nodiscard]] const char* at() const { return out_; }

  void value(std::string_view json) {  // sixteen levels at most
    assert(!json.empty());
    if (json.front() == '{') {
      object(json);
    } else if (json.front() == '[') {
      array(json);
    } else {
      text(json);
    }
  }

 private:
  void object(std::string_view json) {
    char before = '{';
    for (const Member& member : members_of(json)) {
      if (!member.stays) continue;
      *out_++ = before;
      before = ',';
      *out_++ = '"';
      text(member.key);
      *out_++ = '"';
      *out_++ = ':';
      value(member.value);
    }
    if (before == '{') *out_++ = '{';
    *out_++ = '}';
  }

  void array(std::string_view json) {
    char before = '[';
    minified::for_each_element(json, [&](std::string_view element) {
      *out_++ = before;
      before = ',';
      value(element);
    });
    if (before == '[') *out_++ = '[';
    *out_++ = ']';
  }

  void text(std::string_view text) {
    std::memcpy(out_, text.data(), text.size());
    out_ += text.size();
  }

  char* out_;
};

}  // namespace

std::size_t copy_without_repeated_keys(std::string_view json, char* out) {
  Copy copy{out};
  copy.value(json);
  assert(static_cast<std::size_t>(copy.at() - out) <= json.size());
  return static_cast<std::size_t>(copy.at() - out);
}

}  // namespace tidemark::wire
