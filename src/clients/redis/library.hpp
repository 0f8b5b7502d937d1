#pragma once

/// hiredis, used only here: handles that free its context and its replies.

#include <memory>

#include <hiredis/hiredis.h>

namespace tidemark::clients::redis {

struct GiveBackContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, GiveBackContext>;

struct GiveBackReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using LibraryReply = std::unique_ptr<redisReply, GiveBackReply>;

}  // namespace tidemark::clients::redis
