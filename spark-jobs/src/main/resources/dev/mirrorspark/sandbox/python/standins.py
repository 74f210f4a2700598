# The tests' side of the pipe: functions, classes and objects that stand in for the program's. What
# comes back are fresh values of builtin types. Of an object of the program's class this side decides
# whether it equals a value (it does not), and no value that a test compares or combines it with is
# told to the program, but where the test made the object itself.
import sys

kinds = load("kinds")
BUILTINS = vars(sys.modules["builtins"])
EXCEPTIONS = {
    name: value
    for name, value in BUILTINS.items()
    if isinstance(value, type) and issubclass(value, BaseException)
}


class Unsendable(BaseException):
    """A test passes the program what cannot be passed."""


def builtin_of(kind):
    return next(b.__name__ for b in kind.__mro__ if EXCEPTIONS.get(b.__name__) is b)


def number_of(held):
    return object.__getattribute__(held, "_mirror")[0]


class Kind(type):
    """The class of the classes that stand in for the program's."""

    def __new__(meta, name, bases, space, about=None, rights=False):
        if about is None:
            raise Unsendable("derive from a class of the program, " + bases[0].__name__)
        cls = super().__new__(meta, name, bases, space)
        type.__setattr__(cls, "_mirror_class", about)
        type.__setattr__(cls, "_mirror_rights", rights)
        return cls

    def __init__(cls, name, bases, space, about=None, rights=False):
        super().__init__(name, bases, space)

    def __call__(cls, *args, **kwargs):
        channel, number = cls._mirror_class[:2]
        made = channel.call("make", number, args, kwargs)
        return channel.made_by_tests(made) if cls._mirror_rights else made

    def __instancecheck__(cls, value):
        return Kind.__subclasscheck__(cls, type(value))

    def __subclasscheck__(cls, other):
        number = cls._mirror_class[1]
        return any(
            isinstance(base, Kind) and base._mirror_class[1] == number
            for base in type.__getattribute__(other, "__mro__")
        )

    def __getattr__(cls, name):
        if name.startswith("_mirror") or name == "__abstractmethods__":
            raise AttributeError(name)
        channel, number = cls._mirror_class[:2]
        return channel.ask("get", number, name)

    def __setattr__(cls, name, value):
        channel, number = cls._mirror_class[:2]
        channel.ask("set", number, name, channel.codec.pack(value))

    def __delattr__(cls, name):
        channel, number = cls._mirror_class[:2]
        channel.ask("del", number, name)

    def _on_class(name):
        def ask(cls, *args):
            channel, number, _, of_class = cls._mirror_class
            if name not in of_class:
                raise TypeError("type '%s' has no %s" % (cls.__name__, name))
            return channel.operate(number, name, args)

        return ask

    __len__, __iter__ = _on_class("len"), _on_class("iter")
    __getitem__, __contains__ = _on_class("getitem"), _on_class("contains")

    def __or__(cls, other):
        return cls

    __ror__ = __or__


class Held:
    """
    An object of the program: its number there, and whether a test got it by calling a class by its
    name. An object that comes back from a function is another stand-in for it, with fewer rights.
    """

    __slots__ = ("_mirror", "__weakref__")

    def __getattribute__(self, name):
        if name in ("__class__", "__deepcopy__"):
            return object.__getattribute__(self, name)
        if name in ("_mirror", "_mirror_class"):
            raise AttributeError(name)
        channel = type(self)._mirror_class[0]
        return channel.ask("get", number_of(self), name)

    def __setattr__(self, name, value):
        channel = type(self)._mirror_class[0]
        channel.ask("set", number_of(self), name, channel.codec.pack(value))

    def __delattr__(self, name):
        type(self)._mirror_class[0].ask("del", number_of(self), name)

    def __eq__(self, other):
        if isinstance(type(other), Kind):
            return number_of(self) == number_of(other)
        return NotImplemented

    def __hash__(self):
        return hash(number_of(self))

    def __copy__(self):
        return type(self)._mirror_class[0].ask("copy", number_of(self), False)

    def __deepcopy__(self, memo):
        return type(self)._mirror_class[0].ask("copy", number_of(self), True)


class Thrown:
    """What the program's exceptions have beside those of the builtin class they derive from."""

    def __getattr__(self, name):
        if name.startswith("_mirror") or name.startswith("__"):
            raise AttributeError(name)
        return type(self)._mirror_class[0].ask("get", number_of(self), name)


def asked(name):
    def ask(self, *args):
        channel = type(self)._mirror_class[0]
        return channel.operate(number_of(self), name, args)

    return ask


def exit_asked(name):
    def ask(self, kind, error, trace):
        channel = type(self)._mirror_class[0]
        told = [None, None, None]
        if isinstance(error, AssertionError):
            channel.end("wrong", error)  # the program must not swallow it
        if error is not None:
            told = [EXCEPTIONS[builtin_of(kind)], error, None]
        answer = channel.operate(number_of(self), name, told)
        if name == "exit":
            answer = bool(answer)  # asked once: an object may answer otherwise the next time
        if answer and channel.skips(trace):  # swallowed, and an assertion behind it never runs
            channel.end("error", error)
        return answer

    return ask


def called(self, *args, **kwargs):
    return type(self)._mirror_class[0].call("call", number_of(self), args, kwargs)


def same(one, other):
    return isinstance(type(one), Kind) and number_of(one) == number_of(other)


def related(one, other):
    return issubclass(one, other) or issubclass(other, one)


def compared(name, decide):
    def compare(self, other):
        channel = type(self)._mirror_class[0]
        if isinstance(type(other), Kind):
            if name in ("eq", "ne") and not related(type(self), type(other)):
                return name == "ne"
            answer = channel.operate(number_of(self), name, (other,))
            if type(answer) is not bool:
                raise TypeError("a comparison that is neither True nor False")
            return answer
        if type(self)._mirror_class[2]:
            return decide(channel.ask("plain", number_of(self)), other)
        return NotImplemented

    return compare


def combined(name, combine):
    def left(self, other, *rest):
        channel = type(self)._mirror_class[0]
        made = object.__getattribute__(self, "_mirror")[1]
        if isinstance(type(other), Kind) or made:
            answer = channel.operate(number_of(self), name, (other, *rest))
            return self if made and name in kinds["IN_PLACE"] and same(answer, self) else answer
        if type(self)._mirror_class[2]:
            return combine(channel.ask("plain", number_of(self)), other, *rest)
        return NotImplemented

    def right(self, other):
        channel = type(self)._mirror_class[0]
        if object.__getattribute__(self, "_mirror")[1]:
            return channel.operate_reversed(number_of(self), name, other)
        if type(self)._mirror_class[2]:
            return combine(other, channel.ask("plain", number_of(self)))
        return NotImplemented

    return left, right


def contained(self, item):
    if object.__getattribute__(self, "_mirror")[1] or isinstance(type(item), Kind):
        channel = type(self)._mirror_class[0]
        return channel.operate(number_of(self), "contains", (item,))
    return any(item is other or item == other for other in iter(self))


SPACES = {}
for _name in kinds["ASKED"]:
    SPACES[_name] = {"__" + _name + "__": asked(_name)}
for _name, _decide in kinds["COMPARED"].items():
    SPACES[_name] = {"__" + _name + "__": compared(_name, _decide)}
for _name, _combine in kinds["COMBINED"].items():
    _left, _right = combined(_name, _combine)
    SPACES[_name] = {"__" + _name + "__": _left, "__r" + _name + "__": _right}
for _name, _combine in kinds["IN_PLACE"].items():
    SPACES[_name] = {"__" + _name + "__": combined(_name, _combine)[0]}
for _name in ("aenter", "anext"):
    SPACES[_name] = {"__" + _name + "__": asked(_name)}
SPACES["aexit"] = {"__aexit__": exit_asked("aexit")}
SPACES["contains"] = {"__contains__": contained}
SPACES["exit"] = {"__exit__": exit_asked("exit")}
SPACES["call"] = {"__call__": called}
SPACES["no hash"] = {"__hash__": None}
