# SPDX-License-Identifier: EUPL-1.2
"""The generated reference pages are what the program generates now, and links between pages lead somewhere."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLORA = os.environ.get("FLORA", os.path.join(ROOT, "build", "release", "src", "flora"))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Generated(unittest.TestCase):
    def test_reference_pages_are_fresh(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([FLORA, "docs", folder], check=True)
            pages = sorted(os.listdir(folder))
            self.assertGreater(len(pages), 3)
            for page in pages:
                with self.subTest(page=page):
                    self.assertEqual(read(os.path.join(folder, page)), read(os.path.join(ROOT, "docs", "reference", page)),
                                     "run: flora docs")

    def test_limits_page_is_fresh(self):
        made = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "limits_page.py"), os.path.join(ROOT, "src", "base", "limits.hpp")],
                              check=True, capture_output=True, text=True).stdout
        self.assertEqual(made, read(os.path.join(ROOT, "docs", "reference", "limits.md")), "run: tools/limits_page.py")


class Links(unittest.TestCase):
    def test_links_between_pages_lead_somewhere(self):
        listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
        for page in listed:
            folder = os.path.dirname(os.path.join(ROOT, page))
            for target in re.findall(r"\]\(([^)#\s\[(]+)(?:#[^)]*)?\)", read(os.path.join(ROOT, page))):
                if "://" in target:
                    continue
                with self.subTest(page=page, target=target):
                    self.assertTrue(os.path.exists(os.path.join(folder, target)))


class Readme(unittest.TestCase):
    def test_the_two_commands_exist_and_explain_themselves(self):
        text = read(os.path.join(ROOT, "README.md"))
        self.assertIn("./demo", text)
        self.assertIn("./check", text)
        for command in ("./demo", "./check"):
            with self.subTest(command=command):
                self.assertTrue(os.access(os.path.join(ROOT, command), os.X_OK))
        answer = subprocess.run(["./demo", "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        self.assertIn("--reset", answer)


if __name__ == "__main__":
    unittest.main()
