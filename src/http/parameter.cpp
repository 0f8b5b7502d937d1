#include "http/parameter.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "http/json_writer.hpp"

namespace tidemark::http {
namespace {

constexpr std::size_t kShownBytesMax = 100;

std::string shown(std::string_view text) {
  if (text.size() <= kShownBytesMax) return std::string(text);
  std::size_t end = kShownBytesMax;
  // Not within a character: what is cut must still be UTF-8.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string names_of(const std::vector<BoundParameter>& parameters) {
  std::string names;
  for (const BoundParameter& parameter : parameters) {
    const ParameterDoc& doc = parameter.doc;
    if (doc.place != ParameterPlace::Query && doc.place != ParameterPlace::QueryFamily) continue;
    if (!names.empty()) names += ", ";
    names += doc.name;
    if (doc.place == ParameterPlace::QueryFamily) names += "KEY";
  }
  return names.empty() ? "none" : names;
}

/// Reads one value of one parameter and tells what is wrong with it.
void read_value(const BoundParameter& parameter, void* target, const QueryItem& item,
                std::vector<Fault>& faults) {
  const std::string& field = item.name;
  if (item.value.empty()) {
    faults.push_back(
        {field, "empty_parameter", "`" + shown(field) + "` is given without a value."});
    return;
  }
  if (!is_utf8(item.value) || item.value.find('\0') != std::string::npos) {
    faults.push_back(
        {field, "invalid_parameter",
         "`" + shown(field) + "` must be UTF-8 text without NUL; " + received(item.value) + "."});
    return;
  }
  const std::string_view key = parameter.doc.place == ParameterPlace::QueryFamily
                                   ? std::string_view{item.name}.substr(parameter.doc.name.size())
                                   : std::string_view{};
  const auto assigned = parameter.assign(target, key, item.value);
  if (assigned) return;
  faults.push_back({field, "invalid_parameter",
                    "`" + shown(field) + "` must be " + assigned.error().message() + "; " +
                        received(item.value) + "."});
}

bool is_named(const ParameterDoc& doc, std::string_view name) {
  if (doc.place == ParameterPlace::QueryFamily) {
    return name.size() > doc.name.size() && name.starts_with(doc.name);
  }
  if (doc.place != ParameterPlace::Query) return false;
  return doc.name == name ||
         std::find(doc.aliases.begin(), doc.aliases.end(), name) != doc.aliases.end();
}

void read_missing(const BoundParameter& parameter, std::vector<Fault>& faults) {
  if (!parameter.doc.required) return;
  const std::string example =
      parameter.doc.example ? ", for example " + boost::json::serialize(*parameter.doc.example)
                            : "";
  faults.push_back(
      {parameter.doc.name, "missing_parameter",
       "`" + parameter.doc.name + "` is required" + example + "; nothing was received."});
}

void read_header(const BoundParameter& parameter, const Request& request, void* target,
                 std::vector<Fault>& faults) {
  const auto sent = request.header(parameter.doc.name);
  if (sent) {
    read_value(parameter, target, {parameter.doc.name, std::string(*sent)}, faults);
  } else {
    read_missing(parameter, faults);
  }
}

/// One of those of which a client is told the number alone.
const Fault kUntold{.field = {}, .code = {}, .message = {}};

Fault repeated(const std::string& name, const std::string& first) {
  const std::string other = first != name ? " and `" + first + "`" : "";
  return {name, "repeated_parameter",
          "`" + shown(name) + "`" + other + " may be given only once; it was received again."};
}

}  // namespace

base::Result<bool> ParameterType<bool>::parse(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return base::Error{base::ErrorCode::InvalidInput, "true or false"};
}

std::string received(std::string_view text) { return "received \"" + shown(text) + "\""; }

std::vector<Fault> ParameterSet::read(const Request& request, void* target) const {
  std::vector<Fault> faults;
  read_query(request, target, faults);
  auto segment = request.path_parameters.begin();
  for (const BoundParameter& parameter : parameters_) {
    const ParameterDoc& doc = parameter.doc;
    if (doc.place == ParameterPlace::Path && segment != request.path_parameters.end()) {
      read_value(parameter, target, {doc.name, *segment++}, faults);
    }
    if (doc.place == ParameterPlace::Header) read_header(parameter, request, target, faults);
  }
  return faults;
}

Fault ParameterSet::unknown(const std::string& name) const {
  return {shown(name), "unknown_parameter",
          "`" + shown(name) + "` is not a parameter of this endpoint; expected " +
              names_of(parameters_) + "."};
}

void ParameterSet::read_query(const Request& request, void* target,
                              std::vector<Fault>& faults) const {
  // The name under which each parameter was met first; of a family each member counts by itself.
  std::vector<const std::string*> met(parameters_.size(), nullptr);
  std::vector<std::string_view> met_members;
  for (const QueryItem& item : request.query) {
    const auto found =
        std::find_if(parameters_.begin(), parameters_.end(),
                     [&](const BoundParameter& known) { return is_named(known.doc, item.name); });
    if (found == parameters_.end()) {
      faults.push_back(faults.size() < kErrorsToldMax ? unknown(item.name) : kUntold);
      continue;
    }
    const std::string*& first = met[static_cast<std::size_t>(found - parameters_.begin())];
    const bool family = found->doc.place == ParameterPlace::QueryFamily;
    const bool again =
        family ? std::find(met_members.begin(), met_members.end(), item.name) != met_members.end()
               : first != nullptr && !found->doc.repeats;
    if (again) {
      faults.push_back(faults.size() < kErrorsToldMax
                           ? repeated(item.name, family ? item.name : *first)
                           : kUntold);
      continue;
    }
    if (first == nullptr) first = &item.name;
    if (family) met_members.push_back(item.name);
    read_value(*found, target, item, faults);
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const bool is_query = parameters_[i].doc.place == ParameterPlace::Query ||
                          parameters_[i].doc.place == ParameterPlace::QueryFamily;
    if (is_query && met[i] == nullptr) read_missing(parameters_[i], faults);
  }
}

}  // namespace tidemark::http
