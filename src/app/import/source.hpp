#pragma once

/// Opens the files that `import` takes, each as a reader of checked rows.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/reader.hpp"

namespace tidemark::app {

enum class ImportFormat : std::uint8_t { Csv, Ndjson, Parquet, Json };

/// The format by the name's ending, in small or capital letters, ignoring that of a compression:
/// "events.CSV.gz". Nothing if the ending does not tell.
std::optional<ImportFormat> format_of_name(std::string_view name);

/// False if there is no file with this name ("-" is standard input). Whether it is readable is
/// found later.
bool is_there(const std::string& name);

/// The form of a file.
struct ImportForm {
  std::optional<ImportFormat> format;  ///< none: the file's content decides, otherwise its name
  std::optional<char> delimiter;
  std::shared_ptr<const wire::Mapping> mapping;
};

struct OpenedImport {
  std::unique_ptr<wire::EventReader> reader;
  ImportFormat format = ImportFormat::Ndjson;  ///< of the file
};

/// Opens `name` ("-": standard input). `options.hasher` must outlive the reader.
/// Errors: InvalidInput: no such file, a folder, or its header or form does not fit; Unavailable.
base::Result<OpenedImport> open_import(const std::string& name, const ImportForm& form,
                                       const wire::DecodeOptions& options);

}  // namespace tidemark::app
