// tidemark quarantine: rejected events, to look at and to try again.

#include <memory>

#include <boost/json/serialize.hpp>

#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"
#include "app/commands/problem_text.hpp"
#include "app/commands/service_connection.hpp"

namespace tidemark::app {
namespace {

constexpr int kPageEvents = 1'000;

/// To standard error: the list is what follows on standard output.
void tell_dropped(const boost::json::value& page) {
  const auto* dropped = page.as_object().if_contains("dropped");
  if (dropped == nullptr) return;
  for (const auto& of_source : dropped->as_array()) {
    tell("older ones dropped since the service started: {} of {}\n",
         of_source.at("events").to_number<std::uint64_t>(), of_source.at("source").as_string());
  }
}

int list(const config::Settings& settings, const std::string& url) {
  auto service = ServiceConnection::open(settings, url);
  if (!service) return fail(service.error());
  std::string cursor;
  do {
    const auto page = (*service)->get("/quarantine?limit=" + std::to_string(kPageEvents) +
                                      (cursor.empty() ? "" : "&cursor=" + cursor));
    if (!page) return fail(page.error());
    for (const auto& entry : page->value.at("data").as_array()) {
      print_json(boost::json::serialize(entry));
    }
    const auto& next = page->value.at("next_cursor");
    if (!next.is_string()) tell_dropped(page->value);
    cursor = next.is_string() ? std::string(next.get_string()) : std::string();
  } while (!cursor.empty());
  return kExitOk;
}

int replay(const config::Settings& settings, const std::string& url) {
  auto service = ServiceConnection::open(settings, url);
  if (!service) return fail(service.error());
  const auto told = (*service)->post("/quarantine/replay", "", "application/json");
  if (!told) return fail(told.error());
  print_json(told->text);
  return kExitOk;
}

int drop(const config::Settings& settings, const std::string& url, const std::string& source) {
  auto service = ServiceConnection::open(settings, url);
  if (!service) return fail(service.error());
  const auto told = (*service)->request({.method = http::Method::Delete,
                                         .target = "/quarantine?source=" + percent_encoded(source),
                                         .headers = {},
                                         .body = {}});
  if (!told) return fail(told.error());
  if (told->status >= 300) {
    return fail(kExitCannotWork, "the service answered " + problem_text(told->status, told->body));
  }
  print_json(told->body);
  return kExitOk;
}

}  // namespace

void add_quarantine(CommandLine& commands) {
  auto url = std::make_shared<std::string>();
  const auto parent = commands.add("quarantine", "Shows, replays or removes rejected events", {});
  parent.needs_one_below();
  const auto listing = commands.add_under(
      parent, "list", "Prints the rejected events, one JSON object a line",
      [url](const config::Loaded& loaded) { return list(loaded.settings, *url); });
  const auto replaying = commands.add_under(
      parent, "replay", "Checks the rejected events again and takes those that are good now",
      [url](const config::Loaded& loaded) { return replay(loaded.settings, *url); });
  auto source = std::make_shared<std::string>();
  const auto dropping = commands.add_under(
      parent, "drop", "Removes all rejected events of one source",
      [url, source](const config::Loaded& loaded) { return drop(loaded.settings, *url, *source); });
  dropping
      .option("--source", source.get(),
              "http (what was sent), FILE of an import with all its lines, or FILE:LINE")
      .required();
  for (const auto& command : {listing, replaying, dropping}) {
    command.option("--url", url.get(), "Ask this service instead of the data folder");
  }
}

}  // namespace tidemark::app
