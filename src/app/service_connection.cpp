#include "app/service_connection.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "app/problem_text.hpp"
#include "files/data_folder.hpp"
#include "http/handoff.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

using base::Error;
using base::ErrorCode;

/// How often a service that says "later" is asked again.
constexpr int kTriesMax = 30;
constexpr std::chrono::seconds kPauseMax{5};

std::chrono::seconds pause_of(const http::ClientResponse& response) {
  const auto header = response.header("Retry-After");
  int seconds = 1;
  if (header) std::from_chars(header->data(), header->data() + header->size(), seconds);
  return std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(1), kPauseMax);
}

base::Result<std::string> body_or_error(base::Result<http::ClientResponse> response) {
  if (!response) return response.error();
  if (response->status < 300) return std::move(response->body);
  const auto code = response->status < 500 ? ErrorCode::InvalidInput : ErrorCode::Unavailable;
  return Error{code, problem_text(response->status, response->body)};
}

}  // namespace

base::Result<std::unique_ptr<Embedded>> open_embedded(const config::Settings& settings,
                                                      const base::Clock& clock,
                                                      telemetry::Metrics& metrics) {
  return Embedded::open({.files = files::posix_files(),
                         .settings = settings,
                         .clock = clock,
                         .metrics = metrics,
                         .around_answers = [](const std::function<void()>& answers) {
                           const http::WakeScope together;
                           answers();
                         }});
}

base::Status ServiceConnection::open_own(const config::Settings& settings) {
  own_ = std::make_unique<Own>(settings);
  own_->settings.host = "127.0.0.1";
  own_->settings.port = 0;
  own_->settings.access_log = false;
  auto embedded = open_embedded(own_->settings, own_->clock, own_->metrics);
  if (!embedded) return embedded.error();
  own_->embedded = std::move(*embedded);
  auto serving = Serving::start({*own_->embedded, own_->settings, own_->clock, own_->metrics});
  if (!serving) return serving.error();
  own_->serving = std::move(*serving);
  url_ = own_->serving->url();
  auto announced = own_->embedded->folder().announce(url_);
  if (!announced) {
    telemetry::warning("other commands will not find this one's service",
                       {{"reason", std::string_view(announced.error().message())}});
  }
  return base::ok;
}

base::Result<std::unique_ptr<ServiceConnection>> ServiceConnection::open(
    const config::Settings& settings, const std::string& url) {
  std::unique_ptr<ServiceConnection> self(new ServiceConnection());
  self->url_ = url;
  if (url.empty()) {
    const auto holder = files::DataFolder::holder(settings.data_dir);
    if (holder && holder->empty()) {
      return Error{ErrorCode::Conflict, "the data folder " + settings.data_dir +
                                            " is held by a process that does not serve it (yet)"};
    }
    if (holder) {
      self->url_ = *holder;
    } else {
      auto opened = self->open_own(settings);
      if (!opened) return opened.error();
    }
  }
  auto parsed = http::parse_url(self->url_);
  if (!parsed) return parsed.error();
  self->base_ = parsed->base;
  self->client_.emplace(http::ClientOptions{.host = parsed->host,
                                            .port = parsed->port,
                                            // An export of everything is one answer.
                                            .answer_max = std::chrono::hours(24)});
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
  for (int tries = 1; tries < kTriesMax; ++tries) {
    if (!response || (response->status != 503 && response->status != 429)) break;
    std::this_thread::sleep_for(pause_of(*response));
    response = client_->request(sent);
  }
  if (!response) return response.error().while_doing("asking " + url_);
  return response;
}

base::Result<std::string> ServiceConnection::get(const std::string& target) {
  return body_or_error(request({.method = http::Method::Get, .target = target}));
}

base::Status ServiceConnection::download(const std::string& target,
                                         std::function<base::Status(std::string_view)> sink) {
  auto body = body_or_error(
      request({.method = http::Method::Get, .target = target, .sink = std::move(sink)}));
  if (!body) return body.error();
  return base::ok;
}

base::Result<std::string> ServiceConnection::post(const std::string& target, std::string_view body,
                                                  std::string_view content_type) {
  return body_or_error(request({.method = http::Method::Post,
                                .target = target,
                                .headers = {{"Content-Type", std::string(content_type)}},
                                .body = body}));
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
