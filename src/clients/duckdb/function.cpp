#include "clients/duckdb/function.hpp"

#include <cassert>
#include <exception>
#include <utility>

#include "clients/duckdb/database.hpp"
#include "clients/duckdb/library.hpp"

namespace tidemark::clients::duckdb {
namespace {

template <class T>
void destroy(void* given) {
  delete static_cast<T*>(given);
}

/// No exception of ours passes through the library: it becomes the query's error.
template <class Body, class Refuse>
void guarded(Body&& body, Refuse&& refuse) {
  try {
    const base::Status done = body();
    if (!done) refuse(done.error().message().c_str());
  } catch (const std::exception& thrown) {
    refuse(thrown.what());
  }
}

/// An argument of a table function, which is known when the query is prepared.
class Argument {
 public:
  Argument(duckdb_bind_info info, idx_t index) : value_(duckdb_bind_get_parameter(info, index)) {}
  Argument(Argument&& other) noexcept
      : value_(std::exchange(other.value_, nullptr)), text_(std::exchange(other.text_, nullptr)) {}
  Argument& operator=(Argument&&) = delete;
  ~Argument() {
    duckdb_free(text_);
    duckdb_destroy_value(&value_);
  }

  Value value(Type type) {
    if (value_ == nullptr || duckdb_is_null_value(value_)) return Null{};
    switch (type) {
      case Type::Boolean:
        return duckdb_get_bool(value_);
      case Type::Integer:
      case Type::BigInt:
        return duckdb_get_int64(value_);
      case Type::Double:
        return duckdb_get_double(value_);
      case Type::TimestampTz:
        return Instant{.micros = duckdb_get_timestamp_tz(value_).micros};
      case Type::Varchar:
        text_ = duckdb_get_varchar(value_);
        return std::string_view(text_);
      case Type::Uuid: {
        const duckdb_uhugeint uuid = duckdb_get_uuid(value_);
        return Bits128{.high = uuid.upper, .low = uuid.lower};
      }
      case Type::UBigInt:
      case Type::Timestamp:
      case Type::HugeInt:
      case Type::Blob:
      case Type::Date:
      case Type::Other:
        break;
    }
    return Null{};
  }

 private:
  duckdb_value value_;
  char* text_ = nullptr;
};

struct Bound {
  std::unique_ptr<TableSource> source;
  std::size_t columns = 0;
};

struct Scanned {
  std::unique_ptr<Scan> scan;
  std::vector<std::size_t> places;  // in the library's chunk, of each wanted column
};

void bind_table(duckdb_bind_info info) {
  const auto& function = *static_cast<const TableFunction*>(duckdb_bind_get_extra_info(info));
  guarded(
      [&]() -> base::Status {
        std::vector<Argument> arguments;
        std::vector<Value> values;
        arguments.reserve(function.parameters.size());
        for (std::size_t index = 0; index < function.parameters.size(); ++index) {
          arguments.emplace_back(info, index);
          values.push_back(arguments.back().value(function.parameters[index]));
        }
        assert(values.size() == function.parameters.size());
        auto source = function.bind(values);
        if (!source) return source.error();
        auto bound = std::make_unique<Bound>();
        bound->source = std::move(*source);
        for (const auto& column : bound->source->columns()) {
          duckdb_logical_type type = duckdb_create_logical_type(type_for(column.type));
          duckdb_bind_add_result_column(info, column.name.c_str(), type);
          duckdb_destroy_logical_type(&type);
          ++bound->columns;
        }
        duckdb_bind_set_cardinality(info, bound->source->rows_estimate(), false);
        duckdb_bind_set_bind_data(info, bound.release(), destroy<Bound>);
        return base::ok;
      },
      [&](const char* text) { duckdb_bind_set_error(info, text); });
}

void init_table(duckdb_init_info info) {
  const auto& bound = *static_cast<const Bound*>(duckdb_init_get_bind_data(info));
  guarded(
      [&]() -> base::Status {
        auto scanned = std::make_unique<Scanned>();
        std::vector<std::size_t> wanted;
        const idx_t count = duckdb_init_get_column_count(info);
        for (idx_t place = 0; place < count; ++place) {
          const idx_t column = duckdb_init_get_column_index(info, place);
          if (column >= bound.columns) continue;  // count(*) asks for a column that is none
          wanted.push_back(column);
          scanned->places.push_back(place);
        }
        assert(wanted.size() == scanned->places.size());
        scanned->scan = bound.source->scan(std::move(wanted));
        assert(scanned->scan != nullptr);
        duckdb_init_set_max_threads(info, scanned->scan->threads_max());
        duckdb_init_set_init_data(info, scanned.release(), destroy<Scanned>);
        return base::ok;
      },
      [&](const char* text) { duckdb_init_set_error(info, text); });
}

/// A thread's cursor is made with its first chunk: what the scan is cannot be asked for earlier.
struct Local {
  std::unique_ptr<Cursor> cursor;
};

void init_thread(duckdb_init_info info) {
  duckdb_init_set_init_data(info, new Local, destroy<Local>);
}

void fill_table(duckdb_function_info info, duckdb_data_chunk output) {
  auto& scanned = *static_cast<Scanned*>(duckdb_function_get_init_data(info));
  auto& local = *static_cast<Local*>(duckdb_function_get_local_init_data(info));
  guarded(
      [&]() -> base::Status {
        if (!local.cursor) local.cursor = scanned.scan->cursor();
        assert(local.cursor != nullptr);
        OutputChunk chunk(output, scanned.places);
        if (auto filled = local.cursor->fill(chunk); !filled) return filled;
        assert(chunk.rows() <= kChunkRowsMax);
        duckdb_data_chunk_set_size(output, chunk.rows());
        return base::ok;
      },
      [&](const char* text) { duckdb_function_set_error(info, text); });
}

void pass_nulls_on(const Column& from, OutputColumn& to) {
  if (!from.has_nulls()) return;
  for (std::size_t row = 0; row < from.rows(); ++row) {
    if (from.null(row)) to.set_null(row);
  }
}

void call_scalar(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& function =
      *static_cast<const ScalarFunction*>(duckdb_scalar_function_get_extra_info(info));
  guarded(
      [&]() -> base::Status {
        const Chunk arguments(input, false);
        OutputColumn out(output);
        if (auto called = function.call(arguments, out); !called) return called;
        for (std::size_t column = 0; column < arguments.columns(); ++column) {
          pass_nulls_on(arguments.column(column), out);
        }
        return base::ok;
      },
      [&](const char* text) { duckdb_scalar_function_set_error(info, text); });
}

}  // namespace

OutputColumn::OutputColumn(void* vector)
    : vector_(vector), values_(duckdb_vector_get_data(static_cast<duckdb_vector>(vector))) {}

void OutputColumn::make_validity() {
  auto* vector = static_cast<duckdb_vector>(vector_);
  duckdb_vector_ensure_validity_writable(vector);
  validity_ = duckdb_vector_get_validity(vector);
}

void OutputColumn::set_text(std::size_t row, std::string_view text) {
  assert(row < kChunkRowsMax);
  duckdb_vector_assign_string_element_len(static_cast<duckdb_vector>(vector_), row, text.data(),
                                          text.size());
}

OutputColumn OutputChunk::column(std::size_t wanted) const {
  assert(wanted < places_.size());
  return OutputColumn(
      duckdb_data_chunk_get_vector(static_cast<duckdb_data_chunk>(chunk_), places_[wanted]));
}

base::Status Connection::add(TableFunction function) {
  const std::string name = function.name;
  duckdb_table_function table = duckdb_create_table_function();
  duckdb_table_function_set_name(table, name.c_str());
  for (const Type parameter : function.parameters) {
    duckdb_logical_type type = duckdb_create_logical_type(type_for(parameter));
    duckdb_table_function_add_parameter(table, type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_table_function_set_extra_info(table, new TableFunction(std::move(function)),
                                       destroy<TableFunction>);
  duckdb_table_function_set_bind(table, bind_table);
  duckdb_table_function_set_init(table, init_table);
  duckdb_table_function_set_local_init(table, init_thread);
  duckdb_table_function_set_function(table, fill_table);
  duckdb_table_function_supports_projection_pushdown(table, true);
  const duckdb_state state =
      duckdb_register_table_function(static_cast<duckdb_connection>(connection_.get()), table);
  duckdb_destroy_table_function(&table);
  if (state == DuckDBSuccess) return base::ok;
  return base::Error(base::ErrorCode::Conflict, "DuckDB does not take the function " + name);
}

base::Status Connection::add(ScalarFunction function) {
  const std::string name = function.name;
  duckdb_scalar_function scalar = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(scalar, name.c_str());
  for (const Type parameter : function.parameters) {
    duckdb_logical_type type = duckdb_create_logical_type(type_for(parameter));
    duckdb_scalar_function_add_parameter(scalar, type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_logical_type answer = duckdb_create_logical_type(type_for(function.answer));
  duckdb_scalar_function_set_return_type(scalar, answer);
  duckdb_destroy_logical_type(&answer);
  duckdb_scalar_function_set_extra_info(scalar, new ScalarFunction(std::move(function)),
                                        destroy<ScalarFunction>);
  duckdb_scalar_function_set_function(scalar, call_scalar);
  const duckdb_state state =
      duckdb_register_scalar_function(static_cast<duckdb_connection>(connection_.get()), scalar);
  duckdb_destroy_scalar_function(&scalar);
  if (state == DuckDBSuccess) return base::ok;
  return base::Error(base::ErrorCode::Conflict, "DuckDB does not take the function " + name);
}

}  // namespace tidemark::clients::duckdb
