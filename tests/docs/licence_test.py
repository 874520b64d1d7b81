# SPDX-License-Identifier: EUPL-1.2
"""Every file says under which licence it stands: in its own header, or through .reuse/dep5 where it cannot carry one."""
import os
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Licence(unittest.TestCase):
    def test_the_text_of_the_licence_is_there(self):
        with open(os.path.join(ROOT, "LICENSES", "EUPL-1.2.txt"), encoding="utf-8") as file:
            self.assertIn("EUROPEAN UNION PUBLIC LICENCE v. 1.2", file.read())

    def test_no_file_names_another_licence(self):
        marker = "SPDX-License-" "Identifier: "
        found = subprocess.run(["git", "grep", "-hIoE", marker + "[A-Za-z0-9.+-]+"], cwd=ROOT, capture_output=True, text=True).stdout
        self.assertEqual(set(found.split("\n")) - {"", marker + "EUPL-1.2"}, set())


if __name__ == "__main__":
    unittest.main()
