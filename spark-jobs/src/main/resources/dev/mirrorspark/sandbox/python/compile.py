# Compiles the parts of the harness with the interpreter that is to run them.
import marshal
import os
import sys

parts = {}
for name in sorted(os.listdir("/box")):
    if name not in ("start.py", "compile.py"):
        with open("/box/" + name, encoding="utf-8") as file:
            code = compile(file.read(), "<" + name + ">", "exec")
        parts[name[: -len(".py")]] = marshal.dumps(code)
sys.stdout.buffer.write(marshal.dumps(parts))
sys.stdout.flush()
os._exit(0)
