# Compiles the parts of the harness with the interpreter that is to run them: those that both sides
# read, the program's and the tests', behind a head that tells their lengths.
import marshal
import os
import sys

SIDES = (
    ("harness", "plain", "kinds"),
    ("program", "guests"),
    ("tests", "channel", "standins", "names"),
)
HEAD = 32


def compiled(name):
    with open("/box/" + name + ".py", encoding="utf-8") as file:
        return compile(file.read(), "<" + name + ">", "exec", optimize=2)


sides = [marshal.dumps({name: compiled(name) for name in names}) for names in SIDES]
head = " ".join(str(len(side)) for side in sides).ljust(HEAD).encode()
sys.stdout.buffer.write(b"".join([head, *sides]))
sys.stdout.flush()
os._exit(0)
