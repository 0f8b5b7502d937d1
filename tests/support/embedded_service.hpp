#pragma once

/// The whole embedded service in this process, without HTTP: what a test of promises talks to.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/wiring/embedded.hpp"
#include "files/files.hpp"

namespace tidemark::testing_support {

/// Opens, stops and opens again one data folder.
class EmbeddedService {
 public:
  /// Small segments; nothing is archived unless a test asks for it or changes the settings.
  static config::Settings small_settings(const std::filesystem::path& data_dir);

  static base::Result<std::unique_ptr<EmbeddedService>> open(files::Files& files,
                                                             config::Settings settings);
  ~EmbeddedService();
  EmbeddedService(const EmbeddedService&) = delete;
  EmbeddedService& operator=(const EmbeddedService&) = delete;

  /// NDJSON as a client of `project` posts it: decoded, checked, committed. A rejected event is a
  /// failure of the test. Blocks until the receipt is there.
  base::Result<ingest::Receipt> post(std::string_view ndjson,
                                     event::ProjectId project = event::ProjectId::Default);
  /// The same without waiting; `done` is called as an acceptor calls it.
  base::Status post(std::string_view ndjson, event::ProjectId project, ingest::ReceiptHandler done);

  [[nodiscard]] store::LocalStore& operator*() { return embedded_->store(); }
  [[nodiscard]] store::LocalStore* operator->() { return &embedded_->store(); }
  [[nodiscard]] query::VisiblePtr visible() { return embedded_->store().publication().current(); }

  /// The ids of all events, by sequence, as the archive and the tail hold them.
  base::Result<std::vector<std::string>> ids();

 private:
  explicit EmbeddedService(config::Settings settings) : settings_(std::move(settings)) {}

  config::Settings settings_;
  base::SystemClock clock_;
  telemetry::Metrics metrics_;
  std::unique_ptr<app::Embedded> embedded_;
};

}  // namespace tidemark::testing_support
