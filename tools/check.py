#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What ./check runs, in order. Every step writes its output to build/check/<step>.log and counts what passed and failed.

A step is a function that returns (passed, failed). Steps that count nothing themselves count as one.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(ROOT, "build", "check")
FLORA = os.path.join(ROOT, "build", "release", "src", "flora")
FUZZ_SECONDS = 20


class Step:
    """One named part of the check; `run` writes to its log and returns the exit status."""

    def __init__(self, name):
        self.name = name
        self.log = os.path.join(LOGS, name.replace(" ", "-").replace("/", "-") + ".log")

    def run(self, command, timeout=1800, env=None, cwd=ROOT):
        with open(self.log, "ab") as log:
            log.write(("$ " + (command if isinstance(command, str) else " ".join(command)) + "\n").encode())
            log.flush()
            try:
                return subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, cwd=cwd, timeout=timeout,
                                      shell=isinstance(command, str), env={**os.environ, **(env or {})},
                                      stdin=subprocess.DEVNULL).returncode
            except subprocess.TimeoutExpired:
                log.write(("timed out after %d s\n" % timeout).encode())
                return 124

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()


def one(status):
    return (1, 0) if status == 0 else (0, 1)


# ---- build ---------------------------------------------------------------------------------------------------------
def build(step, preset):
    if not os.path.exists(os.path.join(ROOT, "build", preset, "build.ninja")):
        if step.run(["cmake", "--preset", preset]) != 0:
            return 0, 1
    return one(step.run(["cmake", "--build", "--preset", preset], timeout=3000))


# ---- C++ tests -----------------------------------------------------------------------------------------------------
def run_gtest(step, program, env=None):
    before = len(step.text()) if os.path.exists(step.log) else 0
    status = step.run([program, "--gtest_brief=1"], env=env)
    out = step.text()[before:]
    passed = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", out))
    failed = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) test", out))
    if status != 0 and failed == 0:
        failed = 1  # it crashed, or a sanitizer ended it
    return passed, failed


def gtests(step, preset):
    totals = [0, 0]
    for program in sorted(glob.glob(os.path.join(ROOT, "build", preset, "src", "*_test"))
                          + glob.glob(os.path.join(ROOT, "build", preset, "tests", "*", "*_test"))):
        env = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
        passed, failed = run_gtest(step, program, env)
        totals[0] += passed
        totals[1] += failed
    return tuple(totals)


def fuzz(step, _):
    """Every fuzz target for a while from its committed corpus; two at a time."""
    programs = sorted(glob.glob(os.path.join(ROOT, "build", "dev", "src", "*_fuzz")))

    def one_target(program):
        name = os.path.basename(program)
        work = os.path.join(ROOT, "build", "fuzz", name)
        os.makedirs(work, exist_ok=True)
        corpora = (os.path.join(ROOT, "tests", "corpus", form) for form in (name, name[:-len("_fuzz")]))
        corpus = [folder for folder in corpora if os.path.isdir(folder)]
        part = Step("fuzz " + name)
        open(part.log, "w").close()
        status = part.run([program, "-max_total_time=%d" % FUZZ_SECONDS, "-timeout=10", "-rss_limit_mb=2048", "-artifact_prefix=" + work + "/",
                           work] + corpus, timeout=FUZZ_SECONDS + 120)
        return name, status

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(one_target, programs))
    with open(step.log, "a") as log:
        for name, status in results:
            log.write("%s: %s\n" % (name, "ok" if status == 0 else "FAILED, see fuzz-%s.log" % name))
    return sum(s == 0 for _, s in results), sum(s != 0 for _, s in results) + (not programs)


# ---- Python and shell -----------------------------------------------------------------------------------------------
def unittests(step, folder):
    status = step.run([sys.executable, "-m", "unittest", "discover", "-v", "-s", folder, "-p", "*_test.py"], env={"FLORA": FLORA})
    out = step.text()
    ran = sum(int(n) for n in re.findall(r"^Ran (\d+) test", out, re.M))
    failed = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", out))
    if ran == 0 or (status != 0 and failed == 0):
        failed = max(failed, 1)
    return ran - min(failed, ran), failed


def conformance(step, _):
    """Foreign suites, where a folder with them lies beside the checkout (or FLORA_CONFORMANCE names one)."""
    folder = os.environ.get("FLORA_CONFORMANCE", os.path.join(ROOT, "..", "shared", "conformance"))
    runners = [["x509/run_x509.py"], ["cose/run_cose.py"], ["calendar/run_calendar.py"], ["feel/run_feel.py"],
               ["feel/run_tables.py"], ["feel/run_tables.py", "--unary"], ["dcr/run_dcr.py"]]
    if not os.path.isdir(folder):
        with open(step.log, "a") as log:
            log.write("no folder with foreign suites; nothing run\n")
        return 0, 0
    counts = [0, 0]
    for runner in runners:
        status = step.run([sys.executable, os.path.join(folder, runner[0])] + runner[1:], env={"FLORA": FLORA, "FLORA_SLACK": "4"})
        counts[status != 0] += 1
    return tuple(counts)


def scenarios(step, _):
    counts = [0, 0]
    for package in sorted(glob.glob(os.path.join(ROOT, "packages", "*", "process.yaml"))):
        for verb in (["package", "check"], ["process", "scenarios"]):
            status = step.run([FLORA] + verb + [os.path.dirname(package)])
            counts[status != 0] += 1
    return tuple(counts)


def shell(step, command):
    return one(step.run(command, timeout=1200))


def clang_format(step, _):
    files = subprocess.run(["git", "ls-files", "src/*.cpp", "src/*.hpp", "tests/*.cpp", "tests/*.hpp"], cwd=ROOT, capture_output=True,
                           text=True).stdout.split()
    return one(step.run(["clang-format-19", "--dry-run", "--Werror"] + files))


def clang_tidy(step, _):
    """On the translation units that the last commits changed."""
    base = os.environ.get("FLORA_BASE", "HEAD~1")
    changed = subprocess.run(["git", "diff", "--name-only", "--diff-filter=AM", base, "--", "src/*.cpp"], cwd=ROOT,
                             capture_output=True, text=True).stdout.split()
    changed = [f for f in changed if not f.endswith(("_test.cpp", "_bench.cpp", "_fuzz.cpp"))][:8]
    if not changed:
        with open(step.log, "a") as log:
            log.write("no source changed since %s\n" % base)
        return 1, 0
    return one(step.run(["clang-tidy-19", "-quiet", "-p", "build/release"] + changed))


def web(step, script):
    """An npm script of web/; its own runner's counts where it prints them."""
    status = step.run(["npm", "run", "--silent", script], cwd=os.path.join(ROOT, "web"), timeout=900, env={"FLORA": FLORA})
    out = re.sub(r"\x1b\[[0-9;]*m", "", step.text())
    vitest = re.findall(r"^\s*Tests\s+(?:(\d+) failed \| )?(\d+) passed", out, re.M)
    node = re.findall(r"^# pass (\d+)\n# fail (\d+)", out, re.M)
    if vitest:
        passed, failed = int(vitest[-1][1]), int(vitest[-1][0] or 0)
    elif node:
        passed, failed = int(node[-1][0]), int(node[-1][1])
    else:
        return one(status)
    return passed, max(failed, int(status != 0))


STEPS = [
    ("build release", build, "release"),
    ("build dev", build, "dev"),
    ("format", clang_format, None),
    ("tidy", unittests, "tests/tidy"),
    ("unit tests with sanitizers", gtests, "dev"),
    ("unit tests", gtests, "release"),
    ("packages and scenarios", scenarios, None),
    ("generated documents", unittests, "tests/docs"),
    ("conformance", conformance, None),
    ("web install", shell, "cd web && npm install --no-save --ignore-scripts --no-fund --no-audit"),
    ("web lint", web, "lint"),
    ("web types", web, "types"),
    ("web unit", web, "test"),
    ("web build", web, "build"),
    ("faults", unittests, "tests/fault"),
    ("story", shell, "./demo --story --home build/check/story-home --port-base 8540"),
    ("end to end", web, "e2e"),
    ("fuzz", fuzz, None),
    ("clang-tidy", clang_tidy, None),
]


def main():
    parser = argparse.ArgumentParser(prog="./check", description=__doc__.split("\n")[0])
    parser.add_argument("--only", action="append", metavar="STEP", help="run only this step (may be repeated)")
    parser.add_argument("--list", action="store_true", help="name the steps and stop")
    parser.add_argument("--long", action="store_true", help="the long forms of the fault tests too")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(name for name, _, _ in STEPS))
        return 0
    if arguments.long:
        os.environ["FLORA_LONG"] = "1"
    os.makedirs(LOGS, exist_ok=True)
    passed = failed = 0
    begun = time.monotonic()
    for name, function, argument in STEPS:
        if arguments.only and name not in arguments.only:
            continue
        step = Step(name)
        open(step.log, "w").close()
        start = time.monotonic()
        good, bad = function(step, argument)
        print("%-6s %-28s %5d passed %4d failed %7.1f s" % ("ok" if bad == 0 else "FAILED", name, good, bad, time.monotonic() - start),
              flush=True)
        if bad:
            print("".join("       | " + line + "\n" for line in step.text().splitlines()[-40:]), end="", flush=True)
        passed += good
        failed += bad
        if bad and name == "build release":
            break
    print("took %.0f s; logs in build/check" % (time.monotonic() - begun))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
