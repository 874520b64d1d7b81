#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Waits until the node on an operations port is ready. usage: wait.py PORT PID [SECONDS]"""
import http.client
import os
import sys
import time


def ready(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def main():
    port, pid = int(sys.argv[1]), int(sys.argv[2])
    deadline = time.monotonic() + float(sys.argv[3] if len(sys.argv) > 3 else 60)
    while time.monotonic() < deadline:
        if not alive(pid):
            print("The node ended before it was ready.", file=sys.stderr)
            return 1
        if ready(port):
            return 0
        time.sleep(0.05)
    print("The node did not become ready in time.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
