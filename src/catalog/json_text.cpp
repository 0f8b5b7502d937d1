#include "catalog/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace tidemark::catalog {
namespace {

namespace json = boost::json;

struct ToJson {
  json::value operator()(const std::string& text) const { return json::string(text); }
  json::value operator()(const Texts& list) const {
    json::array array;
    for (const auto& text : list) array.emplace_back(text);
    return array;
  }
};

}  // namespace

std::string text_of_list(const Texts& list) { return json::serialize(ToJson{}(list)); }

std::optional<Texts> list_of_text(std::string_view text) {
  boost::system::error_code error;
  const auto value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !value.is_array()) return std::nullopt;
  Texts list;
  for (const auto& each : value.get_array()) {
    if (!each.is_string()) return std::nullopt;
    list.emplace_back(each.get_string().data(), each.get_string().size());
  }
  return list;
}

std::string text_of_object(const Members& members) {
  json::object object;
  for (const auto& [name, value] : members) {
    object.emplace(json::string_view(name.data(), name.size()), std::visit(ToJson{}, value));
  }
  return json::serialize(object);
}

}  // namespace tidemark::catalog
