#pragma once

/// Who may come in: the catalog, what this process knows of it, and the gate of its server.

#include <filesystem>
#include <memory>
#include <string>

#include "access/directory.hpp"
#include "access/gatekeeper.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "config/settings.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::app {

/// Opens the catalog of these settings: a file in the data folder, which must be there, or tables
/// in the ledger's database. Several processes may have it open.
base::Result<std::unique_ptr<catalog::Catalog>> open_catalog(const config::Settings& settings,
                                                             const base::Clock& clock);

/// Lifetime: `settings`, `clock` and `metrics` must outlive it; it must outlive the server.
class Entrance {
 public:
  /// Also puts the key of the setting admin_key in force: it replaces the one that the setting had
  /// before.
  ///
  /// Errors:   InvalidInput: the setting admin_key is not good enough for a key; Unavailable: the
  ///           catalog cannot be opened or read.
  static base::Result<std::unique_ptr<Entrance>> open(const config::Settings& settings,
                                                      const base::Clock& clock,
                                                      telemetry::Metrics& metrics);

  /// Whether anybody must say who they are.
  [[nodiscard]] bool is_closed() const { return directory_->known()->is_closed(); }
  /// InvalidInput: without a key, a service may listen on loopback only, unless `open_in_words`.
  [[nodiscard]] base::Status check_address(const std::string& host, bool open_in_words) const;

  /// An admin key of all projects that only this process knows, for its own requests.
  [[nodiscard]] const std::string& own_key() const { return own_key_; }

  catalog::Catalog& catalog() { return *catalog_; }
  access::Directory& directory() { return *directory_; }
  http::Gate& gate() { return *gate_; }

 private:
  Entrance() = default;

  std::string own_key_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<access::Directory> directory_;
  std::unique_ptr<access::Gatekeeper> gate_;
};

/// "127.0.0.1", "::1", "localhost".
bool is_loopback(const std::string& host);

}  // namespace tidemark::app
