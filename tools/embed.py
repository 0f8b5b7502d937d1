#!/usr/bin/env python3
"""Makes a C++ file that carries other files: plain, and packed with gzip.

usage: embed.py OUTPUT.cpp ACCESSOR [--replace OLD NEW] FILE...

ACCESSOR, such as `tidemark::documents::embedded`, is the function that it defines. The bytes come
in by `.incbin`, so that the compiler need not read megabytes of literals. The output is the same
for the same input.
"""

import argparse
import gzip
import hashlib
import pathlib

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


def incbin(label: str, path: pathlib.Path) -> str:
    return f'asm(R"(.pushsection .rodata\n{label}: .incbin "{path}"\n.popsection)");\n'


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("accessor")
    parser.add_argument("--replace", nargs=2, default=None)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()

    folder = arguments.output.parent / (arguments.output.stem + ".files")
    folder.mkdir(parents=True, exist_ok=True)
    namespace, _, function = arguments.accessor.rpartition("::")
    names, text, rows, replaced = "", "", "", 0
    for number, file in enumerate(arguments.files):
        content = file.read_bytes()
        if arguments.replace:
            old, new = (word.encode() for word in arguments.replace)
            replaced += content.count(old)
            content = content.replace(old, new)
        packed = gzip.compress(content, 9, mtime=0)
        plain_path, packed_path = folder / file.name, folder / (file.name + ".gz")
        plain_path.write_bytes(content)
        packed_path.write_bytes(packed)
        label = f"tidemark_{function}_{number}"
        text += incbin(label, plain_path.resolve()) + incbin(label + "_gzip", packed_path.resolve())
        names += f"extern const char {label}[];\nextern const char {label}_gzip[];\n"
        tag = hashlib.sha256(content).hexdigest()[:16]
        rows += (f'    Asset{{.name = "{file.name}", .content_type = "{TYPES[file.suffix]}",\n'
                 f'          .etag = "\\"{tag}\\"", .bytes = {{{label}, {len(content)}}},\n'
                 f'          .gzip = {{{label}_gzip, {len(packed)}}}}},\n')
    if arguments.replace and replaced == 0:
        raise SystemExit(f"embed.py: {arguments.replace[0]} is in none of the files any more")

    header = namespace.split("::")[-1]
    arguments.output.write_text(
        f"// Made by tools/embed.py.\n#include <array>\n\n#include \"{header}/{header}.hpp\"\n\n"
        f"{text}\nextern \"C\" {{\n{names}}}\n\nnamespace {namespace} {{\n\n"
        f"std::span<const Asset> {function}();\n\n"
        f"std::span<const Asset> {function}() {{\n"
        f"  static const std::array<Asset, {len(arguments.files)}> assets{{\n{rows}  }};\n"
        f"  return assets;\n}}\n\n}}  // namespace {namespace}\n")


if __name__ == "__main__":
    main()
