# SPDX-License-Identifier: EUPL-1.2
"""A node killed at every stage of its writing: nothing acknowledged is lost, nothing happens twice, the heads are the same."""
import os
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, "build", "release", "tests", "fault", "fault_kill")


class Kill(unittest.TestCase):
    def test_a_killed_node_loses_nothing_and_repeats_nothing(self):
        kills = "1000" if os.environ.get("FLORA_LONG") else "200"
        ran = subprocess.run([PROGRAM, "--kills", kills, "--seconds", "600"], capture_output=True, text=True, timeout=900)
        self.assertEqual(ran.returncode, 0, ran.stdout[-2000:] + ran.stderr[-2000:])


if __name__ == "__main__":
    unittest.main()
