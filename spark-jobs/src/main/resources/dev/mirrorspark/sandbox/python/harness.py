# Runs tests against a program that cannot reach them. The process forks before it has read any
# test: the child runs the program and answers calls over a pipe with plain data; the parent, which
# the kernel then closes to it, runs the tests and alone knows the words that say how they ended.
import gc
import io
import posix
import sys

HOST = posix.uname().nodename
LARGEST_OUTPUT = 4 << 20

# What the two sides load further.
PROGRAM, TESTS = 1, 2

LOADED = {}

# Folders of the language's own modules.
SYSTEM = set()


def load(name, **given):
    """Runs a part of the harness; one that both sides need is run once, before the fork."""
    if name in LOADED:
        return LOADED[name]
    space = {"__name__": name, "load": load}
    space.update(given)
    exec(parts[name], space)
    return space


def closed_to_others():
    """
    Whether /proc/PID of this process, ptrace and the like are refused to others of its user. They
    are where its interpreter may be run and not read; the kernel shows it by who owns these files.
    """
    return posix.stat("/proc/self/environ").st_uid != posix.geteuid()


def close_to_others():
    """Clears this process's dumpable flag, which comes to the same and takes 10 ms."""
    try:
        import _ctypes

        class Int(_ctypes._SimpleCData):
            _type_ = "i"

        class Long(_ctypes._SimpleCData):
            _type_ = "l"

        class Call(_ctypes.CFuncPtr):
            _flags_ = _ctypes.FUNCFLAG_CDECL
            _restype_ = Int
            _argtypes_ = (Int, Long, Long, Long, Long)

        library = _ctypes.dlopen(None, 0)
        prctl = Call(_ctypes.dlsym(library, "prctl"))
    except Exception:
        import ctypes

        prctl = ctypes.CDLL(None).prctl
    return prctl(4, 0, 0, 0, 0) == 0 and prctl(3, 0, 0, 0, 0) == 0


def fork(close):
    """Forks the program's process. Returns the descriptors to read from it and to write to it."""
    down, up = posix.pipe(), posix.pipe()
    pid = posix.fork()
    if pid:
        posix.close(down[0])
        posix.close(up[1])
        return pid, up[0], down[1]
    try:
        for descriptor in [down[1], up[0], *close]:
            posix.close(descriptor)
        nothing = posix.open("/dev/null", posix.O_RDONLY)
        posix.dup2(nothing, 0)
        posix.close(nothing)
        parts.update(side(PROGRAM))
        program = load("program", plain=load("plain"))
        gc.enable()
        program["serve"](down[0], up[1])
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        posix._exit(3)


class Kept(io.BytesIO):
    """What tests print: it may tell what they expect, so it is not said before the program ends."""

    end = None

    def write(self, data):
        if self.tell() > LARGEST_OUTPUT:
            self.end("error", "more output than anybody reads")
        return super().write(data)


class Verdict:
    """Says once how the tests ended, and ends."""

    def __init__(self, out, words, child):
        self.out, self.words, self.child = out, words, child
        self.leave, self.posix_write, self.kill = posix._exit, posix.write, posix.kill
        self.hook = sys.excepthook
        self.ending, self.pid = False, posix.getpid()
        self.said, self.error = Kept(), Kept()
        self.said.end = self.error.end = self.end
        sys.stdout = sys.__stdout__ = self.stream(self.said)
        sys.stderr = sys.__stderr__ = self.stderr = self.stream(self.error)

    @staticmethod
    def stream(kept):
        return io.TextIOWrapper(kept, encoding="utf-8", errors="replace", write_through=True)

    def write(self, descriptor, data):
        view = memoryview(data)
        while view:
            view = view[self.posix_write(descriptor, view) :]

    def end(self, how, error=None):
        if self.ending:
            raise EOFError("the program has ended")
        self.ending = True
        try:
            if error is not None:
                self.tell(error)  # may ask the program how its exception reads
        except BaseException:
            pass
        try:
            self.alone()
        except BaseException:
            pass
        finally:
            said = self.words.get(how, "- " + how)
            self.write(2, self.error.getvalue())
            self.write(self.out, self.said.getvalue() + ("\n" + said + "\n").encode())
            self.leave(0 if how == "passed" else 1)

    def alone(self):
        """Nothing of the program runs any more when the word is written."""
        mine = posix.getpid()  # another's in a process that tests have forked
        if HOST == "box" and mine == self.pid and 1 in (mine, posix.getppid()):
            self.kill(-1, 9)
        else:
            self.kill(self.child, 9)

    def tell(self, error):
        sys.stderr = self.stderr
        if isinstance(error, str):
            self.stderr.write("\n" + error + "\n")
        else:
            self.hook(type(error), error, error.__traceback__)


class NothingThere:
    """Finds no module where the program can write one, whatever the tests put into their path."""

    def __init__(self, folder):
        if folder in SYSTEM:
            raise ImportError
        import os

        whole = os.path.realpath(folder or ".") + "/"
        if not whole.startswith(("/work/", "/tmp/", "/dev/", "/proc/", "/box/")):
            raise ImportError

    def find_spec(self, name, target=None):
        return None


def judge(child, reading, writing, text, mode, out):
    """Runs the tests of what the host sent: lines with words and lengths, then the texts."""
    head, rest = text.split(b"\n", 1)
    passed, problem, entry, given, tests = head.decode().split(" ")
    entry, given = int(entry), int(given)
    texts = rest[:entry], rest[entry : entry + given], rest[entry + given :]
    entry, given, tests = (part.decode("utf-8", "surrogatepass") for part in texts)
    sys.path_hooks.insert(0, NothingThere)
    for folder in sys.path_importer_cache.keys() - SYSTEM:
        del sys.path_importer_cache[folder]
    parts.update(side(TESTS))
    verdict = Verdict(out, {"passed": passed, "problem": problem}, child)
    plain = load("plain")
    sys.meta_path.append(plain["LateSite"])
    channel = load("channel", plain=plain)["Channel"](reading, writing, verdict.end)
    tests_of = load("tests", plain=plain)
    gc.enable()
    tests_of["run"](channel, verdict.end, mode, entry, given, tests)


def stdin():
    pieces = []
    while True:
        piece = posix.read(0, 1 << 16)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)


def leave(code=None):
    raise SystemExit(code)


def main():
    import _signal

    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    posix.environ.pop(b"LD_PRELOAD", None)  # pages.c is in here by now, and for nobody else
    posix.unsetenv(b"LD_PRELOAD")
    gc.disable()  # a collection touches all objects: after a fork their pages would be copied
    sys.path[:] = [folder for folder in sys.path if folder not in ("", "/box", "/work")]
    SYSTEM.update(folder for folder in sys.path if folder.startswith(sys.base_prefix + "/"))
    del sys.modules["__main__"]
    builtins = vars(sys.modules["builtins"])
    builtins.setdefault("exit", leave)
    builtins.setdefault("quit", leave)
    try:
        with open("/box/mode") as file:
            modes = file.read().split()
    except FileNotFoundError:
        modes = []
    out = posix.dup(1)
    for name in ("plain", "kinds"):
        LOADED[name] = load(name)
    gc.freeze()
    if not modes:
        child = fork([out])
        if not closed_to_others() and not close_to_others():
            posix.write(2, b"the harness cannot be closed to the program\n")
            posix._exit(4)
        judge(*child, stdin(), "program", out)
    else:
        probe(stdin(), modes, out)


def probe(text, modes, out):
    """Runs the tests against programs that solve nothing; none may pass."""
    head = text.split(b"\n", 1)[0].decode().split(" ")
    how = "passed"
    for mode in modes:
        reading, writing = posix.pipe()
        pid = posix.fork()
        if pid == 0:
            posix.close(reading)
            judge(*fork([out, writing]), text, mode, writing)
        posix.close(writing)
        said = b""
        while True:
            piece = posix.read(reading, 4096)
            if not piece:
                break
            said += piece
        posix.close(reading)
        posix.waitpid(pid, 0)
        last = said.decode("utf-8", "replace").strip().split("\n")[-1]
        if last == head[1]:
            how = "problem"
            break
        if last == head[0]:
            posix.write(2, ("\nits tests pass a program that " + mode.replace("-", " ")).encode())
            how = "problem"
            break
    said = {"passed": head[0], "problem": head[1]}[how]
    posix.write(out, ("\n" + said + "\n").encode())
    posix._exit(0 if how == "passed" else 1)


main()
