# Where the libraries of others come from: Debian's packages and, for DuckDB, npm (see ./dev fetch).
# The environment's DUCKDB_ROOT wins, so that several checkouts can share one copy.
set(DUCKDB_ROOT "${PROJECT_SOURCE_DIR}/third_party/duckdb" CACHE PATH
  "Folder with include/duckdb.h and lib/libduckdb.so")
if(DEFINED ENV{DUCKDB_ROOT})
  set(DUCKDB_ROOT "$ENV{DUCKDB_ROOT}" CACHE PATH "" FORCE)
endif()

# Only where it is there: parts that do without DuckDB can be built before it has been fetched.
# A part that links it anyway is told what to do by tidemark_module().
if(EXISTS "${DUCKDB_ROOT}/include/duckdb.h" AND EXISTS "${DUCKDB_ROOT}/lib/libduckdb.so")
  add_library(duckdb::duckdb SHARED IMPORTED GLOBAL)
  set_target_properties(duckdb::duckdb PROPERTIES
    IMPORTED_LOCATION "${DUCKDB_ROOT}/lib/libduckdb.so"
    IMPORTED_SONAME libduckdb.so
    INTERFACE_INCLUDE_DIRECTORIES "${DUCKDB_ROOT}/include")
endif()

find_package(ZLIB REQUIRED)

function(tidemark_check_dependencies name)
  if("duckdb::duckdb" IN_LIST ARGN AND NOT TARGET duckdb::duckdb)
    message(FATAL_ERROR "${name} needs DuckDB, which is not in ${DUCKDB_ROOT}: run ./dev fetch "
      "(or ./dev build), or set the environment variable DUCKDB_ROOT")
  endif()
endfunction()
