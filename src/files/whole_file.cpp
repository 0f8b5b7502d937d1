#include <cassert>

#include "files/files.hpp"

namespace tidemark::files {

base::Result<std::string> read_whole(Files& files, const Files::Path& path,
                                     std::uint64_t bytes_max) {
  auto file = files.open(path, Open::Read);
  if (!file) return file.error();
  auto size = (*file)->size();
  if (!size) return size.error();
  if (*size > bytes_max) {
    return base::Error{base::ErrorCode::Corrupt,
                       path.string() + " has " + std::to_string(*size) + " bytes, more than the " +
                           std::to_string(bytes_max) + " that such a file can have"};
  }
  std::string content(*size, '\0');
  auto count = (*file)->read_at(0, std::as_writable_bytes(std::span(content)));
  if (!count) return count.error();
  assert(*count <= content.size());
  content.resize(*count);
  return content;
}

base::Status replace_whole(Files& files, const Files::Path& path, std::string_view content) {
  assert(path.has_filename());
  Files::Path temporary = path;
  temporary += ".tmp";
  auto removed = files.remove(temporary);  // what a crash may have left
  if (!removed) return removed;
  {
    auto file = files.open(temporary, Open::Create);
    if (!file) return file.error();
    auto written = (*file)->write_at(0, std::as_bytes(std::span(content)));
    if (!written) return written;
    auto synced = (*file)->sync();
    if (!synced) return synced;
  }
  auto renamed = files.rename(temporary, path);
  if (!renamed) return renamed;
  return files.sync_folder(path.has_parent_path() ? path.parent_path() : Files::Path("."));
}

}  // namespace tidemark::files
