#include "base/thread_name.hpp"

#include <sys/prctl.h>

namespace tidemark::base {

void name_this_thread(const char* name) noexcept { prctl(PR_SET_NAME, name); }

}  // namespace tidemark::base
