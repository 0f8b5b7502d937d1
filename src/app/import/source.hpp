#pragma once

/// The files that `import` takes, each as a reader of checked rows.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/reader.hpp"

namespace tidemark::app {

enum class ImportFormat : std::uint8_t { Csv, Ndjson, Parquet };

/// By the name's ending, one of a compression looked through: "events.csv.gz". Nothing where it
/// says nothing.
std::optional<ImportFormat> format_of_name(std::string_view name);

/// False where nothing has this name ("-" is standard input). Whether it can be read is told later.
bool is_there(const std::string& name);

/// Opens `name` ("-": standard input). `options.hasher` must outlive the reader.
/// Errors: InvalidInput: no such file, a folder, or its header or form does not fit; Unavailable.
base::Result<std::unique_ptr<wire::EventReader>> open_import(const std::string& name,
                                                             ImportFormat format,
                                                             const wire::DecodeOptions& options);

}  // namespace tidemark::app
