# Flags every target of ours is built with, and nothing of anybody else's.
option(TIDEMARK_WERROR "Treat warnings as errors" ON)
set(TIDEMARK_SANITIZE "" CACHE STRING "Comma-separated: address,undefined or thread")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_program(TIDEMARK_CCACHE ccache)
if(TIDEMARK_CCACHE)
  # base_dir and no hash_dir: two checkouts of the same sources share their cache.
  # pch_defines and time_macros: what ccache asks for before it caches with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${TIDEMARK_CCACHE})
endif()

# The warnings of GCC 12 that need its optimiser are often false inside the standard library (GCC
# bugs 105329, 105651, 104475, 105593) and Asio; Clang and the sanitizers look for the same faults.
set(TIDEMARK_GCC_FLAGS
  -fpch-preprocess -Wno-dangling-pointer -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow
  -Wno-stringop-overread -Wno-maybe-uninitialized -Wno-uninitialized -Wno-mismatched-new-delete)
# GCC's -Wconversion leaves signs alone in C++; the two should ask for the same. What is deprecated
# GCC tells, while Clang means what libstdc++'s std::stable_sort does by itself. And without a time
# stamp in its precompiled header, ccache finds what another build of Clang has compiled.
set(TIDEMARK_CLANG_FLAGS
  -Wno-sign-conversion -Wno-deprecated-declarations
  -Wno-missing-designated-field-initializers -Wno-unknown-warning-option
  "SHELL:-Xclang -fno-pch-timestamp")

add_library(tidemark_options INTERFACE)
target_compile_options(tidemark_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -fno-omit-frame-pointer
  $<$<BOOL:${TIDEMARK_WERROR}>:-Werror>
  "$<$<CXX_COMPILER_ID:GNU>:${TIDEMARK_GCC_FLAGS}>"
  "$<$<CXX_COMPILER_ID:Clang>:${TIDEMARK_CLANG_FLAGS}>")
# The precompiled header, and everything that reuses it, must see the same flags: hence global.
add_compile_options(-pthread)
if(TIDEMARK_SANITIZE)
  add_compile_options(-fsanitize=${TIDEMARK_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TIDEMARK_SANITIZE})
endif()

# How Asio and Beast are compiled wherever they are included: once, in http/network/asio.cpp.
add_library(tidemark_asio INTERFACE)
target_compile_definitions(tidemark_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
if(TIDEMARK_SANITIZE MATCHES "thread")
  # ThreadSanitizer knows no fences; without Asio's around each handler it sees what really orders.
  target_compile_definitions(tidemark_asio INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  target_compile_options(tidemark_asio INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()

# The part of the standard library that nearly every file of ours meets, compiled once. With Asio,
# for the parts that wait on the network; with GoogleTest, for tests, which spend 1.4 s a file on
# reading it otherwise. (CLI11 is not for such a header: its global validators are compiled anew in
# each file that sees them, 7 s a file.)
set(TIDEMARK_PCH_HEADERS
  <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <cstring> <filesystem>
  <functional> <map> <memory> <mutex> <optional> <span> <string> <string_view> <thread> <utility>
  <variant> <vector>)
set(TIDEMARK_PCH_ASIO_HEADERS
  <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp>
  <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/post.hpp>
  <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp>)

# tidemark_precompile(<target> HEADERS ... [LINKS ...])
function(tidemark_precompile target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;LINKS")
  set(anchor "${PROJECT_BINARY_DIR}/pch_anchor.cpp")
  if(NOT EXISTS "${anchor}")
    file(WRITE "${anchor}" "")
  endif()
  add_library(${target} OBJECT "${anchor}")
  target_link_libraries(${target} PRIVATE tidemark_options ${arg_LINKS})
  target_precompile_headers(${target} PRIVATE ${arg_HEADERS})
endfunction()

tidemark_precompile(tidemark_pch HEADERS ${TIDEMARK_PCH_HEADERS})
tidemark_precompile(tidemark_asio_pch LINKS tidemark_asio
  HEADERS ${TIDEMARK_PCH_HEADERS} ${TIDEMARK_PCH_ASIO_HEADERS})
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  tidemark_precompile(tidemark_test_pch LINKS GTest::gmock GTest::gtest
    HEADERS ${TIDEMARK_PCH_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
endif()
