#include "app/commands/problem_text.hpp"

#include <boost/json/parse.hpp>

namespace tidemark::app {
namespace {

constexpr std::size_t kShownBytesMax = 200;

std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

}  // namespace

std::string problem_text(int status, std::string_view body) {
  std::string text = std::to_string(status);
  boost::system::error_code unreadable;
  const auto value = boost::json::parse(body, unreadable);
  if (unreadable || !value.is_object()) {
    return text + ": " + std::string(body.substr(0, kShownBytesMax));
  }
  const auto& problem = value.get_object();
  text += ": " + text_of(problem, "title");
  if (const auto detail = text_of(problem, "detail"); !detail.empty()) text += "; " + detail;
  const auto* errors = problem.if_contains("errors");
  if (errors != nullptr && errors->is_array()) {
    for (const auto& error : errors->get_array()) {
      if (!error.is_object()) continue;
      text += "; " + text_of(error.get_object(), "field") + " " +
              text_of(error.get_object(), "message");
    }
  }
  return text;
}

}  // namespace tidemark::app
