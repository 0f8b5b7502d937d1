# tidemark_embed(<variable> ACCESSOR name::space::function FILES ... [REPLACE old new])
#
# Sets <variable> to a C++ file, made at build time, whose function ACCESSOR hands out the files:
# see tools/embed.py. REPLACE changes a text in all of them, and must find it.
set(TIDEMARK_WEB_ROOT "${DUCKDB_ROOT}/../web" CACHE PATH "Folder with swagger-ui.css and the like")

function(tidemark_embed variable)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "ACCESSOR" "FILES;REPLACE")
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(files "")
  foreach(file IN LISTS arg_FILES)
    get_filename_component(file "${file}" ABSOLUTE)
    if(NOT EXISTS "${file}")
      message(FATAL_ERROR "${file} is not there: run ./dev fetch (or ./dev build)")
    endif()
    list(APPEND files "${file}")
  endforeach()
  if(arg_REPLACE)
    set(replace --replace ${arg_REPLACE})
  endif()
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${variable}.cpp")
  add_custom_command(OUTPUT "${output}"
    COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/embed.py"
      "${output}" ${arg_ACCESSOR} ${files} ${replace}
    DEPENDS "${PROJECT_SOURCE_DIR}/tools/embed.py" ${files}
    COMMENT "Packing the pages of the documents" VERBATIM)
  set(${variable} "${output}" PARENT_SCOPE)
endfunction()
