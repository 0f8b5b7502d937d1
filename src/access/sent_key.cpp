#include "access/sent_key.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <vector>

#include <sodium.h>

#include "access/key_text.hpp"

namespace tidemark::access {
namespace {

/// Longer than any key with a password behind it.
constexpr std::size_t kCredentialsMax = 1'024;

/// What stands after the scheme, if this is the scheme.
std::optional<std::string_view> after_scheme(std::string_view value, std::string_view scheme) {
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ' ||
      !http::equal_ignoring_case(value.substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  value.remove_prefix(scheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

/// The user name of Basic (RFC 7617); empty if the credentials cannot be read.
std::string user_of_basic(std::string_view credentials) {
  if (credentials.size() > kCredentialsMax) return {};
  std::array<unsigned char, kCredentialsMax> bytes{};
  std::size_t size = 0;
  const int read =
      sodium_base642bin(bytes.data(), bytes.size(), credentials.data(), credentials.size(), nullptr,
                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
  if (read != 0) return {};
  const std::string_view plain(reinterpret_cast<const char*>(bytes.data()), size);
  const std::size_t colon = plain.find(':');
  return colon == std::string_view::npos ? std::string() : std::string(plain.substr(0, colon));
}

/// Takes every item of that name out of the query.
std::vector<std::string> take_items(http::Request& request, std::string_view name) {
  std::vector<std::string> values;
  std::erase_if(request.query, [&](http::QueryItem& item) {
    if (item.name != name) return false;
    values.push_back(std::move(item.value));
    return true;
  });
  return values;
}

}  // namespace

std::optional<http::Problem> take_key(http::Request& request, SentKey& sent) {
  std::vector<SentKey> found;
  if (const auto key = request.header("X-API-Key")) found.push_back({std::string(*key), false});
  if (const auto value = request.header("Authorization")) {
    if (const auto token = after_scheme(*value, "Bearer")) {
      found.push_back({std::string(*token), false});
    } else if (const auto credentials = after_scheme(*value, "Basic")) {
      found.push_back({user_of_basic(*credentials), false});
    }
  }
  for (std::string& value : take_items(request, "key")) found.push_back({std::move(value), true});
  if (found.empty()) return std::nullopt;

  // What does not look like a key is somebody else's, as long as something does.
  const auto looks_like_key = [](const SentKey& each) { return kind_of(each.text).has_value(); };
  if (std::ranges::any_of(found, looks_like_key)) std::erase_if(found, std::not_fn(looks_like_key));
  const bool alike = std::ranges::all_of(
      found, [&](const SentKey& each) { return each.text == found.front().text; });
  if (!alike) {
    return http::problems::unauthorized(
        "key_ambiguous",
        "The request sends two different keys; send one, as \"Authorization: Bearer KEY\".");
  }
  sent = std::move(found.front());
  return std::nullopt;
}

std::optional<http::Problem> take_project(http::Request& request, std::string& name) {
  std::vector<std::string> named = take_items(request, "project");
  if (const auto header = request.header("X-Tidemark-Project")) named.emplace_back(*header);
  if (named.empty()) return std::nullopt;
  const bool alike =
      std::ranges::all_of(named, [&](const std::string& each) { return each == named.front(); });
  if (!alike) {
    return http::problems::malformed(
        "The request names two different projects in ?project= and X-Tidemark-Project; name one.");
  }
  name = std::move(named.front());
  return std::nullopt;
}

}  // namespace tidemark::access
