#include "clients/redis/script.hpp"

#include <cassert>

#include "clients/redis/sha1.hpp"

namespace tidemark::clients::redis {
namespace {

void append(Connection& connection, std::string_view command, std::string_view script,
            const ScriptCall& call) {
  const auto keys_count = std::to_string(call.keys.size());
  std::vector<std::string_view> words = {command, script, keys_count};
  words.insert(words.end(), call.keys.begin(), call.keys.end());
  words.insert(words.end(), call.values.begin(), call.values.end());
  connection.append(words);
}

}  // namespace

Script::Script(std::string_view text) : text_(text), hash_(sha1_hex(text)) {}

base::Result<Reply> run(Connection& connection, const Script& script, const ScriptCall& call) {
  auto replies = run_all(connection, script, std::span(&call, 1));
  if (!replies) return replies.error();
  assert(replies->size() == 1);
  auto& reply = replies->front();
  if (reply.kind == Reply::Kind::Error) return error_from(reply);
  return std::move(reply);
}

base::Result<std::vector<Reply>> run_all(Connection& connection, const Script& script,
                                         std::span<const ScriptCall> calls) {
  for (const auto& call : calls) append(connection, "EVALSHA", script.hash(), call);
  std::vector<Reply> replies;
  std::vector<std::size_t> unknown;
  replies.reserve(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    auto reply = connection.read();
    if (!reply) return reply.error();
    if (reply->is_error("NOSCRIPT")) unknown.push_back(i);
    replies.push_back(std::move(*reply));
  }
  for (const auto i : unknown) append(connection, "EVAL", script.text(), calls[i]);
  for (const auto i : unknown) {
    auto reply = connection.read();
    if (!reply) return reply.error();
    replies[i] = std::move(*reply);
  }
  assert(replies.size() == calls.size());
  return replies;
}

}  // namespace tidemark::clients::redis
