# Compiles the parts of the harness with the interpreter that is to run them.
import marshal
import os
import sys

parts = {}
for name in ("harness", "plain", "program", "standins", "names", "tests", "kinds"):
    with open("/box/" + name + ".py", encoding="utf-8") as file:
        parts[name] = marshal.dumps(compile(file.read(), "<" + name + ">", "exec"))
sys.stdout.buffer.write(marshal.dumps(parts))
sys.stdout.flush()
os._exit(0)
