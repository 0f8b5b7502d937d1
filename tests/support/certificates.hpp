#pragma once

/// Certificates of a test's own authority, made by OpenSSL's command.

#include <filesystem>
#include <string>

namespace tidemark::testing_support {

/// Promise:  an authority, a server's certificate for localhost and 127.0.0.1 and a client's, in a
///           folder that goes with it; good for two days.
/// Errors:   ends the test program: no test of these makes sense without them.
class Certificates {
 public:
  Certificates();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// A further certificate of a server, signed by the same authority: `file("NAME.pem")` and
  /// `file("NAME.key")`. Good for so many days; 0: it ends at once.
  void issue(const std::string& name, int days = 2) const;
  /// Writes the key of one file into another one, behind a password.
  void lock_key(const std::string& key, const std::string& locked) const;
  [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }

  [[nodiscard]] std::string ca() const { return folder_ / "ca.pem"; }
  [[nodiscard]] std::string server() const { return folder_ / "server.pem"; }
  [[nodiscard]] std::string server_key() const { return folder_ / "server.key"; }
  [[nodiscard]] std::string client() const { return folder_ / "client.pem"; }
  [[nodiscard]] std::string client_key() const { return folder_ / "client.key"; }

 private:
  void sign(const std::string& name, const std::string& more, int days = 2) const;

  std::filesystem::path folder_;
};

}  // namespace tidemark::testing_support
