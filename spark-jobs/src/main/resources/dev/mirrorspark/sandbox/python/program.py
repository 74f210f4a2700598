# The program's side: runs it and answers requests, one at a time. Whatever the program does to this
# process, it can only choose what it answers; nothing here knows what is expected.
import io
import posix
import sys

Codec = plain["Codec"]
OPERATIONS = load("kinds")["OPERATIONS"]
guests = load("guests")
Callback, Remote, Stdin = guests["Callback"], guests["Remote"], guests["Stdin"]
MUTABLE = (list, dict, set, bytearray)
BUILTINS = vars(sys.modules["builtins"])
PLAIN = (int, float, complex, str, bytes, list, tuple, dict, set, frozenset)
FUNCTION = type(lambda: 0)
CALLED_AS_FUNCTIONS = (FUNCTION, type(len), type(io.StringIO().write), type([].append))
METHOD = type(Codec.pack.__get__(0))
GENERATOR = type((i for i in ()))
IS_COROUTINE = 0x80
LARGEST_BATCH = 1024


async def nothing():
    pass


_coroutine = nothing()
COROUTINE = type(_coroutine)
_coroutine.close()


class Server:
    def __init__(self, reading, writing):
        self.lines = io.BufferedReader(io.FileIO(reading))
        self.write = plain["writer"](writing)
        self.pid = posix.getpid()
        self.held, self.numbers, self.classes = [], {}, set()
        self.from_tests, self.tests_errors = {}, {}
        self.codec = Codec(
            self.other,
            {
                "h": self.held.__getitem__,
                "k": lambda v: self.theirs(Callback, *v),
                "j": lambda number: self.theirs(Remote, number),
                "x": lambda v: BUILTINS[v[0]](*v[1]),
            },
        )
        self.module = type(sys)("program")
        self.loop = None

    def theirs(self, kind, number, *name):
        if number not in self.from_tests:
            self.from_tests[number] = kind(self, number, *name)
        return self.from_tests[number]

    def other(self, value):
        kind = type(value)
        if kind is Callback:
            return {"k": value._Callback__number}
        if kind is Remote:
            return {"j": object.__getattribute__(value, "_from_tests")[1]}
        if isinstance(value, type):
            return {"y": self.about(value)}
        if isinstance(value, PLAIN) and not self.has_ways_of_its_own(kind):
            if isinstance(value, tuple) and hasattr(kind, "_fields"):
                items = [self.codec.pack(item) for item in tuple.__iter__(value)]
                return {"n": [kind.__name__, list(kind._fields), items]}
            return self.codec.pack(as_builtin(value))
        number = self.number(value)
        if kind in CALLED_AS_FUNCTIONS or kind is METHOD:
            code = getattr(value, "__code__", None)
            waits = bool(code and code.co_flags & IS_COROUTINE)
            return {"p": [number, str(getattr(value, "__name__", "function")), waits]}
        if kind is GENERATOR:
            return {"g": [number]}
        if kind is COROUTINE or kind.__name__ == "async_generator_asend":
            return {"a": [number]}
        return {"o": [number, self.about(kind)]}

    def has_ways_of_its_own(self, kind):
        """Whether a class of the program's does more than the builtin type that it derives from."""
        return kind.__module__ == "program" and (
            hasattr(kind, "__members__")
            or any(
                not name.startswith("_")
                for base in kind.__mro__
                if base.__module__ == "program"
                for name in vars(base)
                if name not in getattr(kind, "_fields", ())
            )
        )

    def number(self, value):
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.held)
            self.held.append(value)
        return number

    def about(self, kind):
        """The number of a class, and what it is when it is first spoken of."""
        number = self.number(kind)
        if number in self.classes:
            return [number]
        self.classes.add(number)
        bases = [
            base
            for base in kind.__mro__[1:]
            if base is not object and not BUILTINS.get(base.__name__) is base
        ]
        thrown = [
            base.__name__
            for base in kind.__mro__
            if issubclass(base, BaseException) and BUILTINS.get(base.__name__) is base
        ]
        ways = [
            name
            for name in [*OPERATIONS, "call"]
            if any("__" + name + "__" in vars(base) for base in kind.__mro__ if base is not object)
        ]
        if kind.__hash__ is None:
            ways.append("no hash")
        of_class = [name for name in ("len", "iter", "getitem", "contains") if enumerated(kind)]
        return [
            number,
            str(kind.__name__),
            [self.about(base) for base in bases[:1]],
            thrown[:1],
            ways,
            issubclass(kind, PLAIN),
            of_class,
        ]

    def serve(self):
        while True:
            self.answer(self.message())

    def message(self):
        return self.codec.unpack(self.line())

    def line(self):
        line = self.lines.readline()
        if not line:
            posix._exit(0)
        return line.decode("ascii")

    def send(self, packed):
        self.write(self.codec.line(packed))

    def answer(self, request):
        arguments_text = self.line() if request[0] in ("call", "make") else ""
        taken = None
        try:
            if arguments_text:
                taken = self.codec.unpack(arguments_text)
            value = self.do(request, taken)
            for i, argument in enumerate(taken[0] if taken else ()):
                if argument is value and isinstance(value, MUTABLE):
                    packed = {"m": i}
                    break
            else:
                packed = self.codec.pack(value)
            reply = ["ok", packed]
        except BaseException as error:
            reply = ["no", self.thrown(error, request[0])]
        reply.append(printed())
        reply.append(self.changed(taken, arguments_text))
        try:
            self.send(reply)
        except (RecursionError, ValueError, TypeError) as error:
            self.send(["no", self.thrown(error, request[0]), "", None])

    def changed(self, taken, text):
        """The arguments after the call where it changed them."""
        if not taken or not any(may_change(argument) for argument in taken[0]):
            return None
        try:
            now = self.codec.pack(taken)
            return None if self.codec.line(now) == text else now[0]
        except BaseException:
            return None

    def thrown(self, error, request):
        if request == "run":
            try:
                sys.excepthook(type(error), error, error.__traceback__)
            except BaseException:
                pass
        try:
            arguments = self.codec.pack(list(error.args))
            self.codec.text(arguments)
        except BaseException:
            arguments = ["an exception whose arguments are no plain data"]
        builtin = next(
            (b.__name__ for b in type(error).__mro__ if BUILTINS.get(b.__name__) is b), "Exception"
        )
        if BUILTINS.get(type(error).__name__) is type(error):
            return [builtin, arguments, None, self.tests_errors.get(id(error), (None,))[0]]
        return [builtin, arguments, [self.number(error), self.about(type(error))]]

    def do(self, request, taken):
        what, rest = request[0], request[1:]
        if what in ("call", "make"):
            return self.held[rest[0]](*taken[0], **dict(taken[1]))
        if what == "get":
            return getattr(self.held[rest[0]], rest[1])
        if what == "set":
            return setattr(self.held[rest[0]], rest[1], rest[2])
        if what == "del":
            return delattr(self.held[rest[0]], rest[1])
        if what == "op":
            return OPERATIONS[rest[1]](self.held[rest[0]], *rest[2])
        if what == "reversed":
            return OPERATIONS[rest[1]](rest[2], self.held[rest[0]])
        if what == "copy":
            import copy

            return (copy.deepcopy if rest[1] else copy.copy)(self.held[rest[0]])
        if what == "plain":
            return as_builtin(self.held[rest[0]])
        if what == "more":
            return self.more(self.held[rest[0]], rest[1])
        if what == "await":
            return self.awaited(self.held[rest[0]])
        if what == "global":
            return vars(self.module)[rest[0]]
        if what == "run":
            return self.run(*rest)
        raise ValueError(what)

    def awaited(self, coroutine):
        """Runs a coroutine to its end, all of them in one loop."""
        if self.loop is None:
            import asyncio

            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)

        async def whole():
            return await coroutine

        return self.loop.run_until_complete(whole())

    def more(self, iterator, count):
        """The next items, and how it ended if it did."""
        import time

        items, late = [], time.perf_counter() + 0.02
        for _ in range(min(count, LARGEST_BATCH)):
            try:
                items.append(next(iterator))
            except StopIteration:
                return [items, True, None]
            except Exception as error:
                if not items:
                    raise
                return [items, False, error]
            if time.perf_counter() > late:
                break
        return [items, False, None]

    def back(self, what, *rest):
        """Asks the tests' side, and serves it meanwhile."""
        if posix.getpid() != self.pid:
            posix._exit(1)
        self.send(["back", what, *[self.codec.pack(item) for item in rest]])
        while True:
            message = self.message()
            if message[0] == "value":
                return message[1]
            if message[0] == "raised":
                error = self.made_error(message[1], message[2])
                self.tests_errors[id(error)] = (message[3], error)
                raise error
            self.answer(message)

    @staticmethod
    def made_error(name, arguments):
        try:
            return BUILTINS[name](*arguments)
        except Exception:
            return Exception(*arguments)

    def run(self, mode, names):
        """Runs the program; what it then defines, as [name, kind]."""
        module = self.module
        sys.modules["program"] = module
        sys.modules["__main__"] = module
        sys.argv = ["main.py"]
        if mode == "program":
            with open("/box/main.py", "rb") as file:
                source = file.read()
            try:
                code = compile(source, "/box/main.py", "exec")
            except (SyntaxError, ValueError, RecursionError, OverflowError) as error:
                sys.excepthook(type(error), error, None)
                return "no program"
            exec(code, module.__dict__)
        elif mode == "returns-None":
            for name in names:
                setattr(module, name, Nothing if name[:1].isupper() else lambda *a, **k: None)
        return [
            [name, isinstance(value, type(sys)), callable(value), own(value)]
            for name, value in list(vars(module).items())
            if type(name) is str and not (name.startswith("__") and name.endswith("__"))
        ]


class Nothing:
    """A class whose methods do nothing, for programs that solve nothing."""

    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


def own(value):
    return getattr(value, "__module__", None) == "program"


def enumerated(kind):
    return hasattr(kind, "__members__")


def may_change(value):
    kind = type(value)
    if kind in (tuple, deque_type()):
        return kind is not tuple or any(may_change(item) for item in value)
    return isinstance(value, MUTABLE)


def deque_type():
    collections = sys.modules.get("collections")
    return collections.deque if collections else None


def as_builtin(value):
    """The value of a builtin type that an object of a class derived from it holds."""
    for kind in (bool, int, float, complex, str, bytes):
        if isinstance(value, kind):
            return {
                int: lambda: int.__add__(value, 0),
                float: lambda: float.__add__(value, 0.0) if value == value else float("nan"),
                complex: lambda: complex.__add__(value, 0),
                str: lambda: str.__str__(value) if type(value) is str else str.__add__("", value),
                bytes: lambda: bytes.__add__(b"", value),
                bool: lambda: value,
            }[kind]()
    for kind in (list, tuple, set, frozenset):
        if isinstance(value, kind):
            return kind(kind.__iter__(value))
    if isinstance(value, dict):
        return {key: dict.__getitem__(value, key) for key in dict.__iter__(value)}
    raise TypeError("no value of a builtin type")


def printed():
    """What the program has printed since the last answer."""
    try:
        text.flush()
        said = raw.getvalue()
        raw.seek(0)
        raw.truncate()
        return said.decode("utf-8", "replace")
    except BaseException:
        return ""


class Printed(io.BytesIO):
    def fileno(self):
        return 1


raw = Printed()
text = io.TextIOWrapper(raw, encoding="utf-8", errors="replace", write_through=True)


def serve(reading, writing):
    sys.meta_path.append(plain["LateSite"])
    server = Server(reading, writing)
    sys.stdout, sys.stdin = text, Stdin(server)
    BUILTINS["input"] = lambda prompt="": server.back("input", str(prompt))
    server.serve()
