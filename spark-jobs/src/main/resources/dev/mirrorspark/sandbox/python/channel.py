# The tests' end of the pipe: sends calls, reads answers as fresh values, and serves what the program
# asks of the tests' own functions and objects meanwhile.
import io
import sys
from _thread import RLock

Codec, Unreadable = plain["Codec"], plain["Unreadable"]
standins = load("standins")
kinds, SPACES, EXCEPTIONS = standins["kinds"], standins["SPACES"], standins["EXCEPTIONS"]
Kind, Held, Thrown = standins["Kind"], standins["Held"], standins["Thrown"]
Unsendable, builtin_of = standins["Unsendable"], standins["builtin_of"]
number_of = standins["number_of"]
GENERATOR = type((i for i in ()))
MANY = 8


def plain_call(request, error):
    """
    What a call raises, but no end of an iteration that is none: all(map(f, ...)) would hold at once.
    """
    ends = isinstance(error, (StopIteration, StopAsyncIteration, GeneratorExit))
    if request[0] == "await" and isinstance(error, StopAsyncIteration):
        return error
    if ends and (request[0] != "op" or request[2] not in ("next", "send")):
        return RuntimeError("the program raised " + type(error).__name__)
    return error


class Raised:
    """The exceptions that came from the program, the last few of them."""

    def __init__(self):
        self.errors = []

    def add(self, error):
        self.errors = [*self.errors[-15:], error]

    def __contains__(self, error):
        return any(other is error for other in self.errors)


class Channel:
    """
    The pipe to the program.

    end: says the verdict and ends; called where the program has gone or answers what is no message.
    """

    def __init__(self, reading, writing, end):
        self.lines = io.BufferedReader(io.FileIO(reading))
        self.write = plain["writer"](writing)
        self.end = end
        self.lock = RLock()
        self.classes, self.objects, self.made, self.keys = {}, {}, {}, {}
        self.twins = {}
        self.mine, self.numbers = [], {}
        self.codec = Codec(
            self.other,
            {
                "o": lambda v: self.object(*v),
                "y": lambda v: self.kind(*v),
                "p": lambda v: self.function(*v),
                "g": lambda v: self.generator(*v),
                "a": lambda v: self.coroutine(*v),
                "k": self.mine.__getitem__,
                "j": self.mine.__getitem__,
                "m": lambda index: self.argument(index),
                "T": lambda name: self.builtin(name),
            },
        )
        self.returned = []
        self.raised = Raised()
        self.unsendable = Unsendable
        self.contexts = []

    def builtin(self, name):
        """A builtin type, but none that would catch what the tests assert: except f.Error."""
        if name in ("AssertionError", "Exception", "BaseException"):
            self.end("error", "the program gives %s for a class of its own" % name)
        return plain["BUILTIN_TYPES"][name]

    def skips(self, trace):
        """Whether an exception in a with of the tests' keeps an assertion in it from running."""
        if trace is None or trace.tb_frame.f_code.co_filename != "tests.py":
            return False
        line = trace.tb_lineno
        around = [one for one in self.contexts if one[0] <= line <= one[1]]
        checks = min(around, key=lambda one: one[1] - one[0])[2] if around else ()
        return any(line <= check for check in checks)

    # what is sent

    def other(self, value):
        kind = type(value)
        if isinstance(kind, Kind):
            return {"h": number_of(value)}
        if isinstance(value, Kind):
            return {"h": type.__getattribute__(value, "_mirror_class")[1]}
        if id(value) in self.keys:
            return {"h": self.keys[id(value)][0]}
        if kind in (map, filter, zip, reversed, GENERATOR, enumerate) or (
            hasattr(kind, "__next__") and kind.__module__ in ("builtins", "itertools")
        ):
            return {"j": self.own(value)}
        if isinstance(value, (int, float, str, bytes, list, tuple, dict, set, frozenset)):
            base = next(b for b in kind.__mro__ if plain["BUILTIN_TYPES"].get(b.__name__) is b)
            return self.codec.pack(base(value))
        if isinstance(value, BaseException):
            return {"x": [builtin_of(kind), [self.codec.pack(item) for item in value.args]]}
        if kind.__module__ == "unittest.mock":
            return {"j": self.own(value)}
        if callable(value):
            return {"k": [self.own(value), str(getattr(value, "__name__", "function"))]}
        if kind.__module__ == "__main__" or kind in (io.StringIO, io.BytesIO, object):
            return {"j": self.own(value)}
        raise Unsendable("pass the program a value of type " + kind.__name__)

    def own(self, value):
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.mine)
            self.mine.append(value)
        return number

    # what comes

    def kind(self, number, name="", bases=(), thrown=(), ways=(), plain=False, of_class=()):
        known = self.classes.get(number)
        if known is not None:
            return known
        bases = [self.kind(*base) for base in bases]
        space = {"__slots__": (), "__module__": "program"}
        if thrown:
            space = {"__module__": "program", **(SPACES["str"] if "str" in ways else {})}
            base = (Thrown, EXCEPTIONS[thrown[0]])
        else:
            base = (Held,)
            for way in (*ways, "repr"):
                space.update(SPACES[way])
            if "eq" in ways and not {"hash", "no hash"} & set(ways):
                space.update(SPACES["hash"])
        if bases and issubclass(bases[0], base[0]):
            base = (bases[0], *(b for b in base[1:] if not issubclass(bases[0], b)))
        about = (self, number, bool(plain), tuple(of_class))
        try:
            made = Kind(str(name), base, space, about=about)
        except TypeError:
            made = Kind(str(name), (Thrown, Exception) if thrown else (Held,), space, about=about)
        self.classes[number] = made
        return made

    def object(self, number, kind):
        known = self.objects.get(number)
        if known is None:
            cls = self.kind(*kind)
            known = cls.__new__(cls)
            if issubclass(cls, BaseException):
                BaseException.__setattr__(known, "_mirror", [number, False])
                known.args = tuple(self.ask("get", number, "args"))
            else:
                object.__setattr__(known, "_mirror", [number, False])
            self.objects[number] = known
        return known

    def named(self, name, value):
        """
        What a name of the program's means in the tests. By its capital a test says that it calls a
        class; a class in the place of a function gets no right to see what results combine with.
        """
        if isinstance(value, Kind) and name[:1].isupper() and not issubclass(value, BaseException):
            return self.with_rights(value)
        return value

    def with_rights(self, cls):
        number = cls._mirror_class[1]
        if number not in self.twins:
            space = {"__slots__": (), "__module__": "program"}
            about = cls._mirror_class
            self.twins[number] = Kind(cls.__name__, (cls,), space, about=about, rights=True)
        return self.twins[number]

    def made_by_tests(self, value):
        """The stand-in for an object that a test got by calling its class."""
        cls = type(value)
        if not isinstance(cls, Kind) or isinstance(value, BaseException):
            return value
        number = number_of(value)
        if number not in self.made:
            twin = self.with_rights(cls)
            made = self.made[number] = twin.__new__(twin)
            object.__setattr__(made, "_mirror", [number, True])
        return self.made[number]

    def remember(self, number, value):
        self.objects[number] = value
        self.keys[id(value)] = (number, value)
        return value

    def function(self, number, name, waits):
        if number in self.objects:
            return self.objects[number]
        if waits:

            async def call(*args, **kwargs):
                answer = self.call("call", number, args, kwargs)
                return await answer if hasattr(answer, "__await__") else answer

        else:

            def call(*args, **kwargs):
                return self.call("call", number, args, kwargs)

        call.__name__ = call.__qualname__ = str(name)
        call.__module__ = "program"
        return self.remember(number, call)

    def generator(self, number):
        if number in self.objects:
            return self.objects[number]

        def items():
            singles = 0
            count = 1
            while True:
                got, ended, error = self.ask("more", number, count)
                for item in got:
                    sent = yield item
                    while sent is not None:
                        try:
                            answer = self.operate(number, "send", (sent,))
                        except StopIteration:
                            return
                        sent = yield answer
                if error is not None:
                    raise error
                if ended:
                    return
                singles += 1
                if singles > MANY:
                    count = min(count * 2, 1024)

        return self.remember(number, items())

    def coroutine(self, number):
        if number not in self.objects:

            async def wait():
                return self.ask("await", number)

            return self.remember(number, wait())
        return self.objects[number]

    def argument(self, index):
        return self.returned[-1][index]

    # requests

    def operate(self, number, name, args):
        return self.ask("op", number, name, [self.codec.pack(item) for item in args])

    def operate_reversed(self, number, name, other):
        return self.ask("reversed", number, name, self.codec.pack(other))

    def call(self, what, number, args, kwargs):
        packed = [
            [self.codec.pack(item) for item in args],
            [[key, self.codec.pack(item)] for key, item in kwargs.items()],
        ]
        with self.lock:
            self.returned.append(args)
            try:
                return self.exchange([what, number], packed)
            finally:
                self.returned.pop()

    def ask(self, *request):
        with self.lock:
            return self.exchange(list(request), None)

    def exchange(self, request, arguments):
        self.send(request, arguments)
        while True:
            message = self.message()
            try:
                what = message[0]
                if what == "back":
                    asked = message[1:]
                elif what in ("ok", "no"):
                    _, value, printed, changed = message
                    if changed is not None:
                        for mine, now in zip(self.returned[-1], changed):
                            merge(mine, now)
                    if printed:
                        sys.stdout.write(str(printed))
                    if what == "ok":
                        return value
                    error = plain_call(request, self.error(*value))
                else:
                    raise Unreadable(what)
            except Exception as fault:
                self.end("error", "the program's answer cannot be read: " + repr(fault)[:200])
            if what == "no":
                self.raised.add(error)
                raise error
            self.serve(*asked)

    def send(self, request, arguments):
        try:
            lines = self.codec.line(request)
            if arguments is not None:
                lines += self.codec.line(arguments)
            self.write(lines)
        except OSError:
            self.end("error", "the program ended before its tests did")

    def message(self):
        try:
            line = self.lines.readline()
            if not line:
                raise EOFError
            return self.codec.unpack(line.decode("ascii"))
        except EOFError:
            self.end("error", "the program ended before its tests did")
        except MemoryError:
            self.end("memory")
        except BaseException as fault:
            self.end("error", "the program's answer cannot be read: " + repr(fault)[:200])

    def error(self, builtin, arguments, own, mine=None):
        if mine is not None and isinstance(self.mine[mine], BaseException):
            return self.mine[mine]
        cls = EXCEPTIONS.get(builtin, Exception)
        if own is not None:
            cls = self.kind(*own[1])
            if not issubclass(cls, BaseException):
                raise Unreadable("an exception that is none")
        try:
            if own is None:
                return cls(*arguments)
            error = cls.__new__(cls, *arguments)
        except Exception:
            error = Exception(*arguments)
        error.args = tuple(arguments)
        if isinstance(type(error), Kind):
            BaseException.__setattr__(error, "_mirror", [own[0], False])
        return error

    def serve(self, what, *rest):
        """Answers the program's request for something of the tests' own."""
        try:
            if what == "call":
                value = self.mine[rest[0]](*rest[1], **dict(rest[2]))
            elif what == "op":
                value = self.operation(self.mine[rest[0]], *rest[1:])
            elif what in ("get", "set"):
                value = self.attribute(what, self.mine[rest[0]], *rest[1:])
            elif what == "input":
                value = sys.modules["builtins"].input(rest[0])
            elif what == "stdin" and rest[0] in ("read", "readline"):
                value = getattr(sys.stdin, rest[0])(rest[1])
            else:
                raise Unreadable(what)
            answer = ["value", self.codec.pack(value)]
        except AssertionError as error:
            self.end("wrong", error)  # the program that calls it must not decide what it means
        except Exception as error:
            if what == "call" and error in self.raised:
                self.end("error", error)
            builtin = builtin_of(type(error))
            try:
                arguments = self.codec.pack(list(error.args))
            except Exception:
                arguments = [str(error)]
            answer = ["raised", builtin, arguments, self.own(error)]
        self.send(answer, None)

    @staticmethod
    def operation(target, name, args):
        if name == "call":
            return target(*args)
        if name not in kinds["ASKED"] and name not in ("lt", "contains"):
            raise TypeError(name)
        return kinds["OPERATIONS"][name](target, *args)

    @staticmethod
    def attribute(what, target, name, *value):
        if type(name) is not str or name.startswith("_"):
            raise AttributeError("a name that begins with _")
        kind = type(target)
        mock = kind.__module__ == "unittest.mock"
        if kind.__module__ != "__main__" and not mock and kind not in (io.StringIO, io.BytesIO):
            raise AttributeError(name)
        if what == "get":
            return getattr(target, name)
        if mock:
            raise AttributeError("a mock of the tests' cannot be changed")
        if callable(getattr(kind, name, None)) or kind in (io.StringIO, io.BytesIO):
            raise AttributeError("a method of a test's object cannot be replaced")
        return setattr(target, name, value[0])


def merge(mine, now):
    """Brings a test's own object to the state in which the program has left its copy."""
    if type(mine) is not type(now):
        return
    if isinstance(mine, (list, tuple)):
        for i, item in enumerate(now[: len(mine)]):
            if type(item) is type(mine[i]) and isinstance(item, (list, dict, set, tuple, bytearray)):
                merge(mine[i], item)
                if isinstance(now, list):
                    now[i] = mine[i]
        if isinstance(mine, list):
            mine[:] = now
    elif isinstance(mine, dict):
        kept = {
            key: mine[key] for key in now if key in mine and type(mine[key]) is type(now[key])
        }
        for key, item in kept.items():
            if isinstance(item, (list, dict, set, bytearray)):
                merge(item, now[key])
                now[key] = item
        mine.clear()
        mine.update(now)
    elif isinstance(mine, set):
        mine.clear()
        mine.update(now)
    elif isinstance(mine, bytearray):
        mine[:] = now
    elif type(mine).__name__ == "deque":
        mine.clear()
        mine.extend(now)
