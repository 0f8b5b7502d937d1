"""DuckDB by its C API: the very library that Tidemark has, so that no package is needed."""

import ctypes
import pathlib

LIBRARY = pathlib.Path(__file__).parents[3] / "third_party/duckdb/lib/libduckdb.so"


class _Result(ctypes.Structure):  # duckdb_result of duckdb.h
    _fields_ = [("column_count", ctypes.c_uint64), ("row_count", ctypes.c_uint64),
                ("rows_changed", ctypes.c_uint64), ("columns", ctypes.c_void_p),
                ("message", ctypes.c_char_p), ("internal", ctypes.c_void_p)]


class DuckDb:
    def __init__(self, file: pathlib.Path):
        if not LIBRARY.exists():
            raise FileNotFoundError("no third_party/duckdb: run ./dev fetch")
        self._api = ctypes.CDLL(str(LIBRARY))
        self._api.duckdb_value_varchar.restype = ctypes.c_void_p
        self._api.duckdb_result_error.restype = ctypes.c_char_p
        self._api.duckdb_library_version.restype = ctypes.c_char_p
        for name in ("duckdb_row_count", "duckdb_column_count"):
            getattr(self._api, name).restype = ctypes.c_uint64
        self._database, self._connection = ctypes.c_void_p(), ctypes.c_void_p()
        if self._api.duckdb_open(str(file).encode(), ctypes.byref(self._database)) != 0:
            raise RuntimeError(f"DuckDB cannot open {file}")
        self._api.duckdb_connect(self._database, ctypes.byref(self._connection))

    @property
    def version(self) -> str:
        return self._api.duckdb_library_version().decode()

    def query(self, statement: str) -> list[list[str]]:
        result = _Result()
        reference = ctypes.byref(result)
        if self._api.duckdb_query(self._connection, statement.encode(), reference) != 0:
            error = self._api.duckdb_result_error(reference).decode()
            self._api.duckdb_destroy_result(reference)
            raise RuntimeError(error)
        columns = range(self._api.duckdb_column_count(reference))
        rows = [[self._value(reference, column, row) for column in columns]
                for row in range(self._api.duckdb_row_count(reference))]
        self._api.duckdb_destroy_result(reference)
        return rows

    def _value(self, result, column: int, row: int) -> str:
        text = self._api.duckdb_value_varchar(result, ctypes.c_uint64(column),
                                              ctypes.c_uint64(row))
        value = ctypes.string_at(text).decode()
        self._api.duckdb_free(ctypes.c_void_p(text))
        return value

    def close(self):
        self._api.duckdb_disconnect(ctypes.byref(self._connection))
        self._api.duckdb_close(ctypes.byref(self._database))
