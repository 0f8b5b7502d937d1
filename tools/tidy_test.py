#!/usr/bin/env python3
"""Each rule of tidy.py must find what it is there for, and leave good code alone."""

import unittest

import tidy


def faults(rule, text, path="src/event/a.cpp"):
    return [(line, message) for _, line, message in rule({path: text})]


class TidyTest(unittest.TestCase):
    def test_co_await_is_found_where_gcc_12_miscompiles_it(self):
        for code in ["int f() {\n  x = a ? b : co_await c;\n}",
                     "{\n  if (co_await a && b) {\n  }\n}",
                     "{\n  g(T{co_await a});\n}", "{\n  auto t = T{.x = co_await a};\n}",
                     "{\n  h({co_await a});\n}", "{\n  co_return T{1, co_await a};\n}"]:
            self.assertEqual([2], [line for line, _ in faults(tidy.coroutines, code)], code)

    def test_co_await_as_a_statement_is_good(self):
        for code in ["task f() { co_await a; }", "{\n  auto&& x = co_await a;\n}",
                     "{\n  if (co_await a) {\n    co_await b;\n  } else {\n    co_await c;\n  }\n}",
                     "auto f = [] -> awaitable<void> { co_await a; };",
                     "{\n  const auto [e, n] = co_await read(s, as_tuple);\n}",
                     "{\n  co_await f(a[1], b);\n}",
                     "{\n  auto g = [x] { return x; };\n  co_await f(std::move(g));\n}",
                     "{\n  spawn([x]() -> task { co_await x; }, [](auto) {});\n}",
                     "// a && co_await b\n"]:
            self.assertEqual([], faults(tidy.coroutines, code), code)

    def test_a_closure_is_found_where_gcc_12_destroys_it_twice(self):
        for code in ["{\n  co_await f([x] { return x; });\n}",
                     "{\n  auto a = co_await f(1, [&] { g(); h(); });\n}",
                     "{\n  co_return co_await f(T{}, [x = y]() mutable { return x; });\n}"]:
            self.assertEqual([2], [line for line, _ in faults(tidy.coroutines, code)], code)

    def test_detached_is_found(self):
        self.assertTrue(faults(tidy.coroutines, "co_spawn(x, f(), net::detached);"))
        self.assertFalse(faults(tidy.coroutines, '// "detached" in a comment'))

    def test_sizes(self):
        self.assertTrue(faults(tidy.sizes, "\n" * 501))
        self.assertTrue(faults(tidy.sizes, "\n" * 301, "src/event/a.hpp"))
        self.assertTrue(faults(tidy.sizes, "x" * 101))
        self.assertFalse(faults(tidy.sizes, "x" * 100 + "\n" * 499))
        self.assertTrue(list(tidy.sizes({f"src/event/{n}.cpp": "" for n in range(26)})))

    def test_names(self):
        self.assertTrue(faults(tidy.names, "struct BatchInfo {};"))
        self.assertTrue(faults(tidy.names, "enum class ReadHelper {};"))
        self.assertFalse(faults(tidy.names, "struct Database {}; struct Informed {};"))
        self.assertTrue(faults(tidy.names, "", "src/utils/a.cpp"))

    def test_printing_that_is_not_made_harmless_is_found(self):
        for code in ["std::cout << name;", "std::cerr << name;", 'std::printf("%s", name);',
                     'fprintf(stderr, "x");', "std::fwrite(a, 1, n, stdout);", "puts(name);"]:
            self.assertTrue(faults(tidy.prints, code), code)
            self.assertFalse(faults(tidy.prints, code, "src/app/commands/print.cpp"), code)
            self.assertFalse(faults(tidy.prints, code, "tests/e2e/a_test.cpp"), code)
        for code in ["std::snprintf(a, n, f);", "print(\"{}\", name);", "// std::cout"]:
            self.assertFalse(faults(tidy.prints, code), code)

    def test_leftovers(self):
        self.assertTrue(faults(tidy.leftovers, "// TO" + "DO: later"))
        self.assertFalse(faults(tidy.leftovers, "// TO" + "DO(#12): later"))
        self.assertTrue(faults(tidy.leftovers, "f();  // NOLINT"))
        self.assertFalse(faults(tidy.leftovers, "f();  // NOLINT(a-b): C's own signature"))

    def test_machine_paths_and_hosts(self):
        self.assertTrue(faults(tidy.machine_paths, "cd /wo" + "rk/main", "README.md"))
        self.assertFalse(faults(tidy.machine_paths, "build/work/x ${HOME}/home/x", "README.md"))
        self.assertTrue(faults(tidy.lock_files, '"resolved": "x"', "a/package-lock.json"))

    def test_a_library_is_met_in_one_part_only(self):
        self.assertTrue(faults(tidy.libraries, "#include <simdjson.h>\n"))
        self.assertTrue(faults(tidy.libraries, "#include <duckdb.h>\n"))
        self.assertFalse(faults(tidy.libraries, "#include <duckdb.h>\n",
                                "src/clients/duckdb/a.cpp"))
        self.assertTrue(faults(tidy.libraries, "#include <boost/asio/post.hpp>\n"))
        self.assertFalse(faults(tidy.libraries, "#include <boost/asio/post.hpp>\n",
                                "src/http/a.cpp"))
        self.assertFalse(faults(tidy.libraries, "#include <zlib.h>\n", "src/http/a.cpp"))
        self.assertTrue(faults(tidy.libraries, "#include <openssl/sha.h>\n"))
        self.assertFalse(faults(tidy.libraries, "#include <sys/stat.h>\n#include <string>\n"))

    def test_a_header_opens_with_what_it_gives(self):
        good = "#pragma once\n\n/// Days.\n"
        self.assertFalse(faults(tidy.headers, good, "src/event/a.hpp"))
        self.assertTrue(faults(tidy.headers, good.replace("///", "//"), "src/event/a.hpp"))

    def test_folder_and_namespace_agree(self):
        self.assertFalse(faults(tidy.namespaces, "namespace tidemark::event {"))
        self.assertTrue(faults(tidy.namespaces, "namespace tidemark::wire {"))

    def test_sleeps(self):
        code = "std::this_thread::sleep_for(1s);"
        self.assertTrue(faults(tidy.sleeps, code, "src/event/a_test.cpp"))
        self.assertFalse(faults(tidy.sleeps, code))

    def test_pages_that_are_not_there(self):
        self.assertTrue(faults(tidy.links, "See [this](formats/nothing.md).\n", "docs/a.md"))
        self.assertTrue(faults(tidy.links, "// The bytes: docs/formats/nothing.md.\n"))
        self.assertFalse(faults(tidy.links, "See [this](../SECURITY.md#reporting).\n"
                                "Or [that](https://x.y).\n```\n[x](nothing)\n```\n", "docs/a.md"))
        self.assertFalse(faults(tidy.links, "// The bytes: docs/formats/record.md.\n"))

    def test_headings_that_are_not_there(self):
        page = ("# A `b`: c, d\n[1](#a-b-c-d) [2](#twice-1) [3](#like-this)\n## Twice\n## Twice\n"
                "## Like [this](../README.md)\n```\n## Not one\n```\n")
        self.assertEqual([], faults(tidy.links, page, "docs/a.md"))
        self.assertEqual([1], [line for line, _ in faults(tidy.links, "[x](#y)\n", "docs/a.md")])
        self.assertTrue(faults(tidy.links, page + "[x](#not-one)\n", "docs/a.md"))
        self.assertTrue(faults(tidy.links, page + "[x](#twice-2)\n", "docs/a.md"))
        self.assertTrue(faults(tidy.links, "[x](operating.md#no-such)\n", "docs/a.md"))
        self.assertFalse(faults(tidy.links, "[x](operating.md#backup)\n", "docs/a.md"))

    def test_files_that_are_named_and_are_not_there(self):
        for text in ["See `src/event/nothing.cpp`.", "`event/nothing.hpp`", "`nothing.cpp`",
                     "`python3 tools/nothing.py -x`", "`src/nothing`", "`src/event/nothing`"]:
            lines = [line for line, _ in faults(tidy.named_files, f"A\n{text}\n", "docs/a.md")]
            self.assertEqual([2], lines, text)
        for text in ["`src/event/event.hpp`", "`event/event.hpp`", "`event.hpp`", "`src/event/`",
                     "`src/event/event`", "`docs/formats/<NAME>.md`", "`docs/adr/0…`",
                     "`build/x/y`", "`history.json`", "`/etc/x/nothing.md`", "event/nothing.hpp",
                     "`https://a.b/c/nothing.md`", "```\nsrc/event/nothing.cpp\n```"]:
            self.assertEqual([], faults(tidy.named_files, text + "\n", "docs/a.md"), text)

    def test_files_that_comments_name_and_are_not_there(self):
        for text in ["// As event/nothing.hpp.", "/* nothing.cpp */", "int a;  // nothing.md"]:
            lines = [line for line, _ in faults(tidy.named_files, f"\n{text}\n")]
            self.assertEqual([2], lines, text)
        for text in ["// As event/event.hpp has it.", '#include "event/nothing.hpp"',
                     'open("src/nothing.cpp");', "// event.sequence, a.b and 1.5 are not files"]:
            self.assertEqual([], faults(tidy.named_files, text + "\n"), text)

    def test_figures_that_are_not_there_and_alarms_that_nobody_explains(self):
        files = {"src/app/a.cpp": 'metrics.counter("tidemark_a_total", "");\n'
                                  'metrics.histogram(\n"tidemark_b_seconds", "");',
                 "docs/operating.md": "### Loud\ntidemark_a_total, tidemark_b_seconds\n"}

        def told(rules):
            path = "deploy/prometheus/a.yml"
            return [line for _, line, _ in tidy.figures({**files, path: rules})]

        self.assertEqual([], told("  - alert: Loud\n    expr: tidemark_a_total > 0\n"))
        self.assertEqual([], told("rate(tidemark_b_seconds_bucket[5m])"))
        self.assertEqual([2], told("\ntidemark_a > 0"))
        self.assertEqual([1], told("tidemark_b_seconds > 0"))
        self.assertEqual([1], told("tidemark_a_total_count > 0"))
        self.assertEqual([1], told("  - alert: Quiet\n"))


if __name__ == "__main__":
    unittest.main()
