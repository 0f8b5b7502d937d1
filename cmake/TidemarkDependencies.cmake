# Where the libraries of others come from: Debian's packages and, for DuckDB, npm (see ./dev).
set(DUCKDB_ROOT "${PROJECT_SOURCE_DIR}/third_party/duckdb" CACHE PATH
  "Folder with include/duckdb.h and lib/libduckdb.so")
