# What belongs to the tests, as the program sees it: functions, objects and the standard input. The
# server answers for them with what the tests' side sends.
import io

METHOD = type((lambda self: self).__get__(0))


class Callback:
    """A function of the tests', as the program sees it."""

    def __init__(self, server, number, name="function"):
        self.__server, self.__number = server, number
        self.__name__ = self.__qualname__ = name

    def __call__(self, *args, **kwargs):
        return self.__server.back("call", self.__number, list(args), [list(i) for i in kwargs.items()])

    def __get__(self, owner, kind=None):
        return self if owner is None else METHOD(self, owner)


class Remote:
    """An object of the tests', as the program sees it."""

    def __init__(self, server, number):
        object.__setattr__(self, "_from_tests", (server, number))

    def __getattr__(self, name):
        server, number = self._from_tests
        return server.back("get", number, name)

    def __setattr__(self, name, value):
        server, number = self._from_tests
        server.back("set", number, name, value)


def _remote(name):
    def ask(self, *args):
        server, number = self._from_tests
        return server.back("op", number, name, list(args))

    return ask


for _name in ("bool", "len", "iter", "next", "str", "repr", "getitem", "setitem", "contains", "lt", "call"):
    setattr(Remote, "__" + _name + "__", _remote(_name))


class Stdin(io.TextIOBase):
    """The standard input of the tests, which may have put a text there."""

    def __init__(self, server):
        self.server = server

    kept = None

    def readable(self):
        return True

    def fileno(self):
        return 0

    @property
    def buffer(self):
        if self.kept is None:
            self.kept = io.BytesIO(self.read().encode())
        return self.kept

    def read(self, size=-1):
        return self.server.back("stdin", "read", size)

    def readline(self, size=-1):
        return self.server.back("stdin", "readline", size)
