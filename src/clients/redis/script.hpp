#pragma once

/// Lua that the server runs as one step: sent once, and afterwards called by its hash.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "clients/redis/connection.hpp"

namespace tidemark::clients::redis {

class Script {
 public:
  explicit Script(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::string& hash() const { return hash_; }

 private:
  std::string text_;
  std::string hash_;
};

/// The keys and arguments of a call. Texts have another owner.
struct ScriptCall {
  std::vector<std::string_view> keys = {};
  std::vector<std::string_view> values = {};
};

/// Runs a script that the server may not know yet. Errors: those of Connection::command.
base::Result<Reply> run(Connection& connection, const Script& script, const ScriptCall& call);

/// Runs the script once per call, all sent together; the replies are in the order of the calls, and
/// each may be of kind Error. A server that does not know the script has done nothing for a call,
/// which is then sent again with the text: if that happens in the middle, the calls are done in
/// another order.
///
/// Errors: Unavailable: any of the calls may have been done.
base::Result<std::vector<Reply>> run_all(Connection& connection, const Script& script,
                                         std::span<const ScriptCall> calls);

}  // namespace tidemark::clients::redis
