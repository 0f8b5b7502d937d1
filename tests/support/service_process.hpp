#pragma once

/// The real program, started by a test on a free port and a folder of the
/// test's own.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "http/client.hpp"

namespace tidemark::testing_support {

/// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// `tidemark serve`, or `worker`, in a process of its own. Its start has failed
/// when `url()` is empty.
class ServiceProcess {
 public:
  /// The limit of open files that it starts with.
  struct OpenFiles {
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
  };

  /// Returns when the service has printed its address: it takes events then.
  ServiceProcess(const std::filesystem::path& data_dir, std::vector<std::string> flags = {},
                 std::optional<OpenFiles> open_files = std::nullopt);
  /// A worker, with these flags.
  explicit ServiceProcess(std::vector<std::string> worker_flags);
  /// What it logs goes into a file, as much as its flags have it: no other is set but a free port.
  ServiceProcess(const std::filesystem::path& data_dir, std::vector<std::string> flags,
                 const std::filesystem::path& log_file);
  /// Kills it, if it still runs.
  ~ServiceProcess();
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// What the system calls it; for what it tells of it under /proc.
  [[nodiscard]] pid_t process_id() const { return process_; }
  [[nodiscard]] http::Client client() const { return http::Client({.port = port_}); }

  /// Sends it a signal and does not wait.
  void signal(int number) const;
  /// Waits for its end: its exit code, -1 where a signal ended it.
  int wait();
  /// SIGTERM, and how it ended: 0 where it ended cleanly.
  int stop();
  /// SIGKILL: nothing is written, closed or said any more.
  void kill();

 private:
  void start(std::vector<std::string> words, std::optional<OpenFiles> open_files = std::nullopt,
             const std::string& log_file = {});

  pid_t process_ = -1;
  std::string url_;
  std::uint16_t port_ = 0;
};

/// Runs the program with these arguments and waits for its end.
struct Finished {
  int code = -1;
  std::string out;
  std::string err;
};
Finished run_program(std::vector<std::string> arguments, const std::string& input = {});

/// Where the program lies, for the command line of a shell.
std::string program_path();

/// Any program, looked for in PATH; the first word is its name. Code 127: it is
/// not there.
Finished run_command(std::vector<std::string> words, const std::string& input = {});

}  // namespace tidemark::testing_support
