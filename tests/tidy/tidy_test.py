# SPDX-License-Identifier: EUPL-1.2
"""What STYLE.md asks and a compiler does not check: borders between modules, names of use cases, sizes, headers."""
import json
import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LINES_MAX = 620  # "about 600"
# Words of single use cases: they belong into packages/, clients and guides, never into generic code.
USE_CASE = re.compile(r"\basyl|asylum|\bbamf\b|\blds\b|dresden|\bmaris\b|\banker\b|aktenanlage|anh(ö|oe)rung", re.I)
CORE = ["base", "crypto", "calendar", "feel", "pki", "package", "credential", "process", "ledger", "verify", "channel"]
IMPURE = re.compile(r"std::(random_device|mt19937|chrono::(system|steady)_clock::now|this_thread|rand\b|unordered_map<[^;]*begin)"
                    r"|(?<![\w.>:\"])(std::)?(time\s*\(\s*(nullptr|NULL|0|&)|rand\s*\(\s*\)|getenv\s*\(|setlocale\s*\()"
                    r"|\b(std::)?(ifstream|ofstream|fopen)\b")


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True,
                         check=True, text=True).stdout
    return [f for f in out.split("\0") if f and os.path.exists(os.path.join(ROOT, f))]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def modules():
    """Module -> the modules its line in src/CMakeLists.txt lists."""
    text = re.sub(r"#.*", "", read("src/CMakeLists.txt"))
    found = {}
    for name, rest in re.findall(r"flora_module\((\w+)([^)]*)\)", text):
        depends = re.search(r"DEPENDS\s+((?:\w+\s*)*?)(?:LINK|TEST_LINK|$)", rest.strip() + " LINK")
        found[name] = depends.group(1).split() if depends else []
    return found


class Borders(unittest.TestCase):
    def test_every_include_names_a_module_that_the_line_lists(self):
        graph = modules()
        for path in tracked("src/*.cpp", "src/*.hpp"):
            module = path.split("/")[1]
            for include in re.findall(r'#include "([^"]+)"', read(path)):
                target = include.split("/")[0]
                with self.subTest(path=path, include=include):
                    self.assertIn("/", include, "an include begins with its module")
                    self.assertNotIn("..", include)
                    self.assertIn(target, graph[module] + [module])

    def test_a_forbidden_include_does_not_compile(self):
        roots = {}
        commands = json.loads(read("build/release/compile_commands.json"))
        for entry in commands:
            match = re.search(r"src/(\w+)/\w+\.cpp$", entry["file"])
            if match and match.group(1) not in roots:
                roots[match.group(1)] = re.findall(r"-I(\S+/roots/\w+)", entry["command"])
        self.assertIn("process", roots)
        for module, forbidden in (("process", "crypto/hash.hpp"), ("ledger", "channel/executor.hpp"), ("channel", "vault/vault.hpp"),
                                  ("verify", "ledger/state.hpp"), ("feel", "package/model.hpp")):
            with self.subTest(module=module, forbidden=forbidden), tempfile.NamedTemporaryFile("w", suffix=".cpp") as source:
                self.assertTrue(os.path.exists(os.path.join(ROOT, "src", forbidden)), "the test must name a header that exists")
                source.write('#include "%s"\n' % forbidden)
                source.flush()
                include_flags = ["-I" + r for r in roots[module]]
                ran = subprocess.run(["clang++-19", "-std=c++20", "-fsyntax-only", *include_flags, source.name], capture_output=True, text=True)
                self.assertNotEqual(ran.returncode, 0)
                self.assertIn("file not found", ran.stderr)

    def test_gcc_12_is_refused_with_a_sentence(self):
        self.assertIn("destroys temporaries twice", read("CMakeLists.txt"))


class UseCases(unittest.TestCase):
    def test_no_generic_source_names_one(self):
        for path in tracked("src/*", "web/src/*"):
            if path.endswith((".png", ".woff2", ".ico")):
                continue
            with self.subTest(path=path):
                hit = USE_CASE.search(re.sub(r'"asylum-dresden"' if path.endswith("_test.cpp") else "$^", "", read(path)))
                self.assertIsNone(hit, hit and hit.group(0))


class PureCore(unittest.TestCase):
    def test_core_modules_ask_neither_clock_nor_chance_nor_files(self):
        for path in tracked(*["src/%s/*.cpp" % m for m in CORE], *["src/%s/*.hpp" % m for m in CORE]):
            if re.search(r"_(test|bench|fuzz)\.[ch]pp$|/fixture\.[ch]pp$", path) or path == "src/base/random.cpp":
                continue
            with self.subTest(path=path):
                code = re.sub(r"//.*", "", read(path))
                hit = IMPURE.search(code)
                self.assertIsNone(hit, hit and hit.group(0))


class Shape(unittest.TestCase):
    def test_sources_stay_readable_in_length(self):
        for path in tracked("src/*.cpp", "src/*.hpp", "web/src/*.ts", "web/src/*.tsx"):
            if path.endswith("schema.d.ts"):
                continue  # generated from the API description
            with self.subTest(path=path):
                self.assertLessEqual(read(path).count("\n"), LINES_MAX)

    def test_every_source_names_its_licence(self):
        for path in tracked("src/*", "cmake/*", "tools/*", "tests/*.py", "web/src/*.ts", "web/src/*.tsx", "demo", "check"):
            if path.endswith((".json", ".png", ".inc", ".txt", ".woff2")) or "/corpus/" in path or path.endswith("schema.d.ts"):
                continue
            with self.subTest(path=path):
                self.assertIn("SPDX-License-Identifier: EUPL-1.2", read(path)[:600])

    def test_nothing_is_left_unfinished_or_switched_off(self):
        words = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|GTEST_SK" r"IP\(\)(?! << \"may not)|DISABLED_[A-Z]|@unittest\.sk" r"ip")
        for path in tracked("src/*", "tests/*.py", "tools/*", "web/src/*", "demo", "check"):
            if path.endswith((".png", ".woff2")) or "/corpus/" in path:
                continue
            with self.subTest(path=path):
                hit = words.search(read(path))
                self.assertIsNone(hit, hit and hit.group(0))

    def test_lock_files_name_no_registry(self):
        for path in tracked("*package-lock.json"):
            self.assertNotIn('"resolved": "http', read(path))

    def test_public_headers_say_what_they_are(self):
        for path in tracked("src/*.hpp"):
            with self.subTest(path=path):
                lines = read(path).splitlines()
                self.assertTrue(any(line.startswith("//") for line in lines[1:4]), "the second line of a header says what it is")
                self.assertIn("#pragma once", lines)


if __name__ == "__main__":
    unittest.main()
