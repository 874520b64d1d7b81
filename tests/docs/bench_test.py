# SPDX-License-Identifier: EUPL-1.2
"""Every benchmark runs and prints well-formed lines. What it measures is no test: nothing here looks at a figure's size."""
import json
import os
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLORA = os.environ.get("FLORA", os.path.join(ROOT, "build", "release", "src", "flora"))
MEMBERS = ["bench", "metric", "value", "min", "max", "limit", "limit_value", "ratio", "rounds", "machine", "commit"]


def bench(*arguments):
    return subprocess.run([FLORA, "bench", *arguments, "--quiet", "--seconds", "0.2"], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, "FLORA_BENCH_TINY": "1"}, timeout=120)


class Bench(unittest.TestCase):
    def test_every_benchmark_prints_lines_of_the_agreed_form(self):
        for name in ("verify", "ledger", "facts", "decide", "worklist", "receipt", "replay", "memory", "growth"):
            with self.subTest(bench=name):
                ran = bench(name, "--json", "--commit", "abc")
                self.assertEqual(ran.returncode, 0, ran.stderr)
                lines = [json.loads(line) for line in ran.stdout.splitlines()]
                self.assertTrue(lines)
                self.assertEqual(len({line["metric"] for line in lines}), len(lines))
                for line in lines:
                    self.assertEqual(list(line), MEMBERS)
                    self.assertEqual((line["bench"], line["commit"]), (name, "abc"))
                    self.assertGreaterEqual(line["rounds"], 5)
                    self.assertLessEqual(line["min"], line["value"])
                    self.assertLessEqual(line["value"], line["max"])
                    self.assertEqual(sorted(line["machine"]), ["cores", "cpu", "memory"])
                    self.assertTrue(line["limit"])

    def test_without_json_a_table_is_printed(self):
        ran = bench("verify")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("es256_per_s_1_thread", ran.stdout)

    def test_any_package_can_be_played(self):
        ran = bench("decide", "--json", "--package", "packages/synthetic")
        self.assertEqual(ran.returncode, 0, ran.stderr)

    def test_what_is_not_there_is_said_with_status_2(self):
        for arguments in (["federation"], ["check"], ["nothing"], ["verify", "--package", "no/such/folder"]):
            with self.subTest(arguments=arguments):
                ran = bench(*arguments)
                self.assertEqual(ran.returncode, 2)
                self.assertEqual(ran.stdout, "")
                self.assertIn("flora:", ran.stderr)


if __name__ == "__main__":
    unittest.main()
