#include "app/commands/service_connection.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include <boost/json/parse.hpp>

#include "app/commands/problem_text.hpp"
#include "files/data_folder.hpp"
#include "http/handoff.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;

/// How long a service that says "later" is asked again, and the longest pause in between.
constexpr std::chrono::seconds kPausesMax{60};
constexpr std::chrono::seconds kPauseMax{5};

std::chrono::seconds pause_of(const http::ClientResponse& response) {
  const auto header = response.header("Retry-After");
  int seconds = 1;
  if (header) std::from_chars(header->data(), header->data() + header->size(), seconds);
  return std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(1), kPauseMax);
}

/// Stored data is damaged: that does not mend itself.
bool is_damage(const http::ClientResponse& response) {
  return response.status == 503 &&
         response.body.find("\"stored_data_damaged\"") != std::string::npos;
}

/// The meaning of a status of 300 or more here. Only a problem document can be the caller's fault:
/// any other answer comes from a proxy in between or from another program.
Error refusal_of(const http::ClientResponse& response) {
  const auto type = response.header("Content-Type").value_or("");
  auto code = ErrorCode::Unavailable;
  if (type.starts_with(http::kProblemJson)) {
    if (response.status < 500) code = ErrorCode::InvalidInput;
    if (is_damage(response)) code = ErrorCode::Corrupt;
  }
  return {code, problem_text(response.status, response.body)};
}

}  // namespace

void answer_together(const std::function<void()>& answers) {
  const http::WakeScope together;
  answers();
}

base::Result<std::unique_ptr<Embedded>> open_embedded(const config::Settings& settings,
                                                      const base::Clock& clock,
                                                      telemetry::Metrics& metrics,
                                                      FolderCare care) {
  return Embedded::open({.files = files::posix_files(),
                         .settings = settings,
                         .clock = clock,
                         .metrics = metrics,
                         .around_answers = answer_together,
                         .accepted_loss = care.accepted_loss,
                         .on_lost_folder = std::move(care.on_lost)});
}

base::Status require_folder(const config::Settings& settings) {
  if (files::DataFolder::is_there(settings.data_dir)) return base::ok;
  return Error{
      ErrorCode::Unavailable,
      "there is no data folder at " + settings.data_dir +
          "; name another folder with --data-dir, or make a new one with `serve` or `import`"};
}

base::Status ServiceConnection::open_own(const config::Settings& settings) {
  own_ = std::make_unique<Own>(settings);
  own_->settings.host = "127.0.0.1";
  own_->settings.port = 0;
  own_->settings.tls_certificate.clear();  // nobody else is asked for
  own_->settings.tls_redirect_port = 0;
  own_->settings.access_log = false;
  auto embedded = open_embedded(own_->settings, own_->clock, own_->metrics);
  if (!embedded) return embedded.error();
  own_->embedded = std::move(*embedded);
  auto entrance = Entrance::open(own_->settings, own_->clock, own_->metrics);
  if (!entrance) return entrance.error();
  own_->entrance = std::move(*entrance);
  auto serving = Serving::start(
      {*own_->embedded, *own_->entrance, own_->settings, own_->clock, own_->metrics});
  if (!serving) return serving.error();
  own_->serving = std::move(*serving);
  url_ = own_->serving->url();
  auto announced = own_->embedded->store().folder().announce(url_);
  if (!announced) {
    telemetry::warning(
        "cannot write the address of this command's service into the data folder, so other "
        "commands will not find the service",
        {{"reason", std::string_view(announced.error().message())}});
  }
  return base::ok;
}

base::Result<std::unique_ptr<ServiceConnection>> ServiceConnection::open(
    const config::Settings& settings, const std::string& url, MissingFolder missing) {
  std::unique_ptr<ServiceConnection> self(new ServiceConnection());
  self->url_ = url;
  if (url.empty()) {
    const auto holder = files::DataFolder::holder(settings.data_dir);
    if (holder && holder->empty()) {
      return Error{ErrorCode::Conflict, "the data folder " + settings.data_dir +
                                            " is in use by a process that does not serve it (yet); "
                                            "try again later, or stop that process"};
    }
    if (holder) {
      self->url_ = *holder;
    } else {
      auto there = missing == MissingFolder::Made ? base::ok : require_folder(settings);
      if (!there) return there.error();
      auto opened = self->open_own(settings);
      if (!opened) return opened.error();
    }
  }
  auto parsed = http::parse_url(self->url_);
  if (!parsed) return parsed.error();
  const std::string& key = self->own_ ? self->own_->entrance->own_key() : settings.key;
  std::vector<http::Header> headers;
  if (!key.empty()) headers.push_back({"Authorization", "Bearer " + key});
  if (!settings.project.empty()) headers.push_back({"X-Tidemark-Project", settings.project});
  self->base_ = parsed->base;
  self->client_.emplace(http::ClientOptions{.host = parsed->host,
                                            .port = parsed->port,
                                            // An export of everything is one answer.
                                            .answer_max = std::chrono::hours(24),
                                            .headers = std::move(headers)});
  return self;
}

ServiceConnection::~ServiceConnection() {
  client_.reset();
  if (own_ && own_->serving) own_->serving->stop();
  if (own_ && own_->embedded) own_->embedded->stop();
}

base::Result<http::ClientResponse> ServiceConnection::request(const http::ClientRequest& request) {
  auto sent = request;
  sent.target = base_ + request.target;
  auto response = client_->request(sent);
  std::chrono::seconds paused{0};
  while (response && (response->status == 503 || response->status == 429) &&
         !is_damage(*response)) {
    const auto pause = pause_of(*response);
    paused += pause;
    if (paused > kPausesMax) break;
    std::this_thread::sleep_for(pause);
    response = client_->request(sent);
  }
  if (!response) return response.error().while_doing("asking " + url_);
  return response;
}

Error ServiceConnection::stranger(std::string_view why) const {
  return {ErrorCode::Unavailable, "the program that answers at " + url_ +
                                      " is not a Tidemark service: " + std::string(why)};
}

base::Result<JsonAnswer> ServiceConnection::json_of(
    base::Result<http::ClientResponse> response) const {
  if (!response) return response.error();
  if (response->status >= 300) return refusal_of(*response);
  const auto type = response->header("Content-Type").value_or("nothing");
  if (!type.starts_with(http::kJson)) {
    return stranger("expected " + std::string(http::kJson) + ", received " + std::string(type));
  }
  boost::system::error_code unreadable;
  auto value = boost::json::parse(response->body, unreadable);
  if (unreadable || !value.is_object()) return stranger("its answer is not a JSON object");
  return JsonAnswer{.text = std::move(response->body), .value = std::move(value)};
}

base::Result<JsonAnswer> ServiceConnection::get(const std::string& target) {
  return json_of(request({.method = http::Method::Get, .target = target}));
}

base::Result<JsonAnswer> ServiceConnection::post(const std::string& target, std::string_view body,
                                                 std::string_view content_type) {
  return json_of(request({.method = http::Method::Post,
                          .target = target,
                          .headers = {{"Content-Type", std::string(content_type)}},
                          .body = body}));
}

base::Status ServiceConnection::download(
    const std::string& target, const std::string& content_type,
    const std::function<base::Status(std::string_view)>& sink) {
  base::Status taken = base::ok;
  const auto remember = [&](std::string_view piece) {
    taken = sink(piece);
    return taken;
  };
  auto response = request(
      {.method = http::Method::Get, .target = target, .sink = remember, .sink_type = content_type});
  // An error of the sink does not concern the service that was asked.
  if (!taken) return taken;
  if (!response) return response.error();
  if (response->status >= 300) return refusal_of(*response);
  return base::ok;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

}  // namespace tidemark::app
