#pragma once

/// Sends the good rows of a file to the service, and learns what becomes of each.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/json/array.hpp>

#include "app/commands/service_connection.hpp"
#include "app/import/read_ahead.hpp"
#include "app/import/rejects.hpp"
#include "app/import/report.hpp"
#include "app/import/request_rows.hpp"
#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::app {

/// Counts in the report. It looks up each duplicate: if another event has the duplicate's id, the
/// row is a conflict.
///
/// Errors:  Unavailable: the service does not take what it should.
/// Threads: one.
class EventSender {
 public:
  struct Options {
    bool dry_run = false;     ///< nothing is taken
    bool quarantine = false;  ///< the service keeps what it refuses in its quarantine
  };

  /// Without a service, which only a dry run allows, there are no events to compare with. The
  /// arguments must outlive the sender.
  EventSender(ServiceConnection* service, Options options, RejectedSink& rejects,
              ImportReport& report)
      : service_(service), options_(options), rejects_(rejects), report_(report) {}

  base::Status send(const ImportedFile& file, const PreparedRows& prepared);

  /// Rows that are read, checked and sent together.
  static constexpr std::size_t kRows = 5'000;

 private:
  /// Good rows that are sent together, with the line of each.
  struct Piece {
    std::span<const event::Row> rows;
    std::span<const std::uint64_t> lines;
  };
  /// What a receipt says about the refused rows.
  struct Refused {
    std::string_view body;  ///< that was sent
    std::uint64_t count = 0;
    const boost::json::array& errors;
  };
  struct HashOfId {
    std::size_t operator()(const event::IdHash& hash) const {
      return static_cast<std::size_t>(hash.low);
    }
  };

  base::Result<http::ClientResponse> post(std::string_view body, bool only_checked);
  base::Status count(const ImportedFile& file, const Piece& piece, std::string_view body,
                     const http::ClientResponse& told);
  base::Status reject(const ImportedFile& file, const Piece& piece, const Refused& all);
  base::Status add_untold(const Piece& piece, const Refused& all,
                          std::vector<wire::LineFault>& faults);
  base::Result<std::uint64_t> tell_conflicts(const Piece& piece, std::string_view body);
  void count_dry(const Piece& piece, const boost::json::array& results);
  void would_accept(const event::Row& row, std::uint64_t line);

  ServiceConnection* service_;
  Options options_;
  RejectedSink& rejects_;
  ImportReport& report_;
  RequestRows of_a_request_{kRows};
  /// For a dry run: the ids that earlier rows of this run would have taken, with the hash of their
  /// content.
  std::unordered_map<event::IdHash, std::uint64_t, HashOfId> would_be_there_;
};

}  // namespace tidemark::app
