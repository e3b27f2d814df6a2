#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The lints find what they are for: each is shown a small wrong example and a right one."""

import subprocess
import sys
import unittest
from pathlib import Path

import forbidden
import sizes
import stair

HERE = Path(__file__).resolve().parent


class Stair(unittest.TestCase):
    def test_a_step_up_is_found(self):
        found = stair.check({"core/http/a.h": '#include "gateway/b.h"\n', "core/gateway/b.h": ""})
        self.assertEqual(found, ["core/http/a.h: http may not include gateway (gateway/b.h)"])

    def test_a_neighbour_on_the_same_step_is_found(self):
        self.assertEqual(len(stair.check({"core/http/a.h": '#include "json/b.h"\n',
                                          "core/json/b.h": ""})), 1)

    def test_a_step_down_is_fine(self):
        self.assertEqual(stair.check({"core/gateway/a.cpp": '#include "base/b.h"\n',
                                      "core/base/b.h": ""}), [])

    def test_a_cycle_through_sources_is_found(self):
        found = stair.check({"core/http/a.h": "", "core/http/a.cpp": '#include "http/b.h"\n',
                             "core/http/b.h": '#include "http/a.h"\n'})
        self.assertEqual(found, ["cycle of units: core/http/a -> core/http/b -> core/http/a"])

    def test_an_unknown_folder_is_found(self):
        self.assertEqual(len(stair.check({"core/misc/a.h": ""})), 1)


class Forbidden(unittest.TestCase):
    def found(self, name, source):
        return len(forbidden.check(Path(name), source))

    def test_code(self):
        for name, source in [("ui/a.cpp", "QEventLoop loop;"), ("ui/a.cpp", "dialog.exec();"),
                             ("ui/a.cpp", "menu->exec(point);"),
                             ("core/x/a.cpp", "Thing::instance().go();"),
                             ("core/x/a.h", "using namespace std;")]:
            self.assertEqual(self.found(name, source), 1, source)

    def test_code_that_is_fine(self):
        for name, source in [("app/main.cpp", "return app.exec();"), ("core/a.cpp", "sqlite3_exec(db);"),
                             ("ui/a.cpp", "// QEventLoop\n"), ("ui/a.cpp", 'say("dialog.exec()");'),
                             ("ui/a.cpp", "QCoreApplication::instance()->quit();"),
                             ("core/a.cpp", "using namespace std::chrono_literals;")]:
            self.assertEqual(self.found(name, source), 0, source)

    def test_words(self):
        self.assertEqual(self.found("a.md", "TODO: later"), 1)
        self.assertEqual(self.found("a.md", "TODO(maria): later"), 0)
        self.assertEqual(self.found("a.json", '"https://registry.npmjs.org/x"'), 1)
        self.assertEqual(self.found("a.sh", "cd /work/main"), 1)
        self.assertEqual(self.found("a.sh", "cd net/work/main"), 0)


class Sizes(unittest.TestCase):
    def test_a_function_is_measured_from_head_to_brace(self):
        source = "int f(int a,\n      int b) {\n    if (a) {\n    }\n    return b;\n}\n"
        self.assertEqual(list(sizes.functions(source)), [(1, 6)])

    def test_types_and_branches_are_no_functions(self):
        self.assertEqual(list(sizes.functions("struct A final {\n    int b(1);\n};\n")), [])


class Coroutines(unittest.TestCase):
    def test_both_patterns_are_found(self):
        done = subprocess.run([sys.executable, HERE / "coroutines.py",
                               HERE / "bad" / "coroutines.cpp"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 looked at, 2 findings", done.stdout)
        self.assertNotIn("cannot read", done.stdout)


if __name__ == "__main__":
    unittest.main()
