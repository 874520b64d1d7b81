#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Writes docs/reference/limits.md from src/base/limits.hpp: every limit with the reason that stands above it.

usage: limits_page.py HEADER > PAGE
"""
import re
import sys


def rows(text):
    reason = []
    for line in text.splitlines():
        comment = re.match(r"// (.*)", line)
        constant = re.match(r"inline constexpr [\w:]+ (k\w+) = (.*?);(?:\s*// (.*))?$", line)
        if comment:
            reason.append(comment.group(1))
        elif constant:
            yield constant.group(1), constant.group(2).replace("LL", ""), " ".join(reason) or "as above"
        if not comment and not constant:
            reason = []
        elif constant:
            reason = []


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    print("<!-- SPDX-License-Identifier: EUPL-1.2 -->")
    print("# Limits\n")
    print("Made from `src/base/limits.hpp` by `tools/limits_page.py`; not edited by hand. Hitting a limit is an error code, never a crash.\n")
    print("| Limit | Value | Reason |")
    print("|---|---|---|")
    for name, value, reason in rows(text.split("namespace flora::base::limits {")[1]):
        print("| `%s` | `%s` | %s |" % (name, value, reason))


if __name__ == "__main__":
    main()
