# tidemark_embed_migrations(<variable> PART folder/of/src FILES NNNN_name.sql ...)
#
# Sets <variable> to a C++ file, made while configuring, that defines the `migrations()` which the
# part's migrations.hpp declares: the files as raw strings, numbered as their names are. A change of
# one of them configures anew.
function(tidemark_embed_migrations variable)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PART" "FILES")
  set(rows "")
  foreach(file IN LISTS arg_FILES)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(READ "${file}" sql)
    get_filename_component(name "${file}" NAME_WE)
    string(REGEX MATCH "^[0-9]+" number "${name}")
    math(EXPR number "1${number} - 10000")
    string(APPEND rows "    Migration{.version = ${number},\n              .name = \"${name}\",\n"
      "              .sql = R\"sql(${sql})sql\"},\n")
  endforeach()
  string(REPLACE "/" "::" space "${arg_PART}")
  set(part "${arg_PART}")
  set(embedded "${CMAKE_CURRENT_BINARY_DIR}/embedded_migrations.cpp")
  file(CONFIGURE OUTPUT "${embedded}" @ONLY CONTENT [[
// Made by the build from the files in migrations/.
#include <array>

#include "@part@/migrations.hpp"

namespace tidemark::@space@ {

std::span<const Migration> migrations() {
  static constexpr std::array migrations{
@rows@  };
  return migrations;
}

}  // namespace tidemark::@space@
]])
  set(${variable} "${embedded}" PARENT_SCOPE)
endfunction()
