"""Runs the Python blocks of a page, one after the other in one module.

Reads one JSON object per line, {"code", "name", "environment"}; prints what the code prints, and then a line with the
mark of the first argument and "ok" or "failed".
"""

import json
import os
import sys
import traceback

mark = sys.argv[1]
names = {"__name__": "__main__"}
for line in sys.stdin:
    block = json.loads(line)
    os.environ.update(block["environment"])
    verdict = "ok"
    try:
        exec(compile(block["code"], block["name"], "exec"), names)
    except BaseException:
        traceback.print_exc(file=sys.stdout)
        verdict = "failed"
    print(f"\n{mark} {verdict}", flush=True)
