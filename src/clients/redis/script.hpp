#pragma once

/// Lua that the server runs as one step, sent once and called by its hash from then on.

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

/// What a script is called with. Texts are not owned.
struct ScriptCall {
  std::vector<std::string_view> keys = {};
  std::vector<std::string_view> values = {};
};

/// Runs a script that the server may not know yet. Errors: those of Connection::command.
base::Result<Reply> run(Connection& connection, const Script& script, const ScriptCall& call);

/// Runs it once for each call, sent together; the replies are in their order, and each may be of
/// kind Error. A server that does not know the script has done nothing for that call, which is then
/// sent again with the text: where that happens in the midst, calls are done in another order.
///
/// Errors: Unavailable: any of the calls may have been done.
base::Result<std::vector<Reply>> run_all(Connection& connection, const Script& script,
                                         std::span<const ScriptCall> calls);

}  // namespace tidemark::clients::redis
