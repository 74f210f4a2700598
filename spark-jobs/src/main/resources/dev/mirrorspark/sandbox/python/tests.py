# Runs tests of whatever form: asserts, check(candidate), pytest functions, unittest classes,
# doctests, with or without a main guard. Says how they ended.
import sys

names_of = load("names")


class Stop(BaseException):
    """Tests have failed; carries the verdict."""


def run(channel, end, mode, entry, given, source):
    """Runs them; ends with 'passed', 'wrong', 'error', 'memory', 'compile' or 'problem'."""
    runner = Runner(channel, end, entry)
    try:
        runner.prepare(source)
        runner.start(mode, given)
        runner.all()
    except Stop as stop:
        end(*stop.args)
    except channel.unsendable as error:
        end("problem", "its tests cannot run apart from the program: they " + str(error))
    except MemoryError as error:
        end("memory", error)
    except AssertionError as error:
        end("wrong", error)
    except BaseException as error:
        end("error", error)
    end("passed")


class Runner:
    def __init__(self, channel, end, entry):
        self.channel, self.end, self.entry = channel, end, entry
        self.module = type(sys)("__main__")
        self.space = self.module.__dict__
        self.session = ""

    def prepare(self, source):
        """Reads the tests and imports what they import, before the program runs."""
        try:
            tree = compile(source, "tests.py", "exec", 0x400, True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if not source.lstrip().startswith(">>>"):
                raise Stop("problem", "its tests are no Python: %s" % error)
            self.session, source = source, ""
            tree = compile("", "tests.py", "exec", 0x400, True)
        self.names = names_of["Names"](tree)
        self.channel.contexts = self.names.contexts
        self.uses_program = not self.session and self.needs_program()
        self.code = compile(source, "tests.py", "exec", 0, True)
        if not self.session and not self.uses_program:
            raise Stop("problem", "its tests never use the program")
        mocks = any(module.split(".")[0] in ("unittest", "mock") for module, _, _ in self.names.imports)
        if mocks and self.names.patches:
            what = self.names.patches[0]
            raise Stop("problem", "its tests patch %s, which the program does not see" % what)
        for module, guarded, wanted in self.names.imports:
            if not guarded and module.split(".")[0] not in names_of["PROGRAM"]:
                self.importable(module, wanted)
        if any(module.split(".")[0] == "unittest" for module, _, _ in self.names.imports):
            sys.modules["unittest"].main = lambda *args, **kwargs: None

    def needs_program(self):
        names = self.names
        builtins = names_of["BUILTINS"]
        return bool(
            self.entry
            or any(name not in builtins or name in names.called for name in names.free)
            or names.docstrings
            or "check" in names.definitions
            or any(module.split(".")[0] in names_of["PROGRAM"] for module, _, _ in names.imports)
        )

    def importable(self, module, wanted):
        try:
            found = __import__(module, fromlist=wanted or None)
        except BaseException as error:
            raise Stop("problem", "its tests cannot run: %s: %s" % (type(error).__name__, error))
        for name in wanted:
            if name != "*" and not hasattr(found, name):
                raise Stop("problem", "its tests cannot run: %s has no %s" % (module, name))

    def start(self, mode, given):
        """Runs the program and makes what it defines known to the tests."""
        judge = names_of["of_judge"](self.names, self.entry)
        judge.update(self.given(given))
        judge.pop(self.entry, None)
        wanted = [self.entry] if self.entry else []
        wanted += [name for name in self.names.free if name not in judge]
        wanted += [name for _, _, names in self.names.imports for name in names]
        try:
            defined = self.channel.ask("run", mode, wanted)
        except Stop:
            raise
        except MemoryError:
            self.end("memory", "MemoryError")
        except BaseException as error:
            self.end("error", "the program fails: %s: %s" % (type(error).__name__, error))
        if type(defined) is str:
            self.end("compile")
        defined = [row for row in map(checked, defined) if row]
        self.candidates = [name for name, _, called, own in defined if called and own]
        builtins = names_of["BUILTINS"]
        replaced = {self.entry} | names_of["tested"](self.names, self.entry)
        hidden = set(judge) | (set(builtins) - replaced) | self.names.stored
        program = Program(self.channel, defined, hidden)
        dynamic = {"eval", "exec", "globals", "locals", "vars"} & set(self.names.loaded)
        everything = self.session or self.names.docstrings or dynamic
        for name, module, _, _ in defined:
            used = everything or name in self.names.loaded
            if name in judge or not used and name != self.entry:
                continue
            if not module and (name not in builtins or name in replaced):
                self.space[name] = getattr(program, name)
            elif module:
                self.take_module(name)
        self.space.update(judge)
        for name in names_of["PROGRAM"]:
            sys.modules[name] = program
        sys.modules["__main__"] = self.module

    def take_module(self, name):
        """A module that the program imports and the tests use: this side's own of that name."""
        if name in getattr(sys, "stdlib_module_names", ()):
            self.space[name] = __import__(name)

    def given(self, text):
        """What the problem gives beside the tests: the part of its prompt that is whole Python."""
        if not text:
            return {}
        for end in ("", "\n    pass\n"):
            try:
                code = compile(text + end, "prompt.py", "exec", 0, True)
                break
            except (SyntaxError, ValueError):
                continue
        else:
            return {}
        space = {"__name__": "prompt"}
        try:
            exec(code, space)
        except BaseException as error:
            raise Stop("problem", "its prompt cannot run: %s: %s" % (type(error).__name__, error))
        left_open = names_of["left_open"](compile(text + end, "prompt.py", "exec", 0x400, True))
        return {
            name: value
            for name, value in space.items()
            if not name.startswith("__") and name not in left_open
        }

    def all(self):
        try:
            exec(self.code, self.space)
        except SystemExit as error:
            if error in self.channel.raised or error.code not in (None, 0, False):
                raise Stop("error", "the tests exit: %s" % (error.code,))
        self.run_check()
        self.run_functions()
        self.run_classes()
        self.run_docstrings()

    def run_check(self):
        if "check" in self.names.definitions and not self.names.called_elsewhere("check"):
            if not self.candidates:
                raise Stop("error", "the program defines no function")
            name = self.candidates[-1]
            self.space["check"](self.space.get(name) or self.channel.ask("global", name))

    def run_functions(self):
        for name, node in self.names.definitions.items():
            function = self.space.get(name)
            if (
                name.startswith("test")
                and type(node).__name__ in names_of["FUNCTIONS"]
                and callable(function)
                and not self.names.called_elsewhere(name)
            ):
                self.call_test(name, function, node.args)

    def call_test(self, name, function, arguments):
        marks = getattr(function, "pytestmark", [])
        rows = [{}]
        for mark in marks if isinstance(marks, list) else [marks]:
            if mark.name == "parametrize":
                rows = [{**row, **more} for more in parameters(mark) for row in rows]
        needed = [arg.arg for arg in [*arguments.posonlyargs, *arguments.args]]
        needed = needed[: len(needed) - len(arguments.defaults)]
        lacking = [arg for arg in needed if arg not in rows[0]]
        if lacking:
            raise Stop("problem", "its %s takes %s, which nothing gives" % (name, lacking[0]))
        for row in rows:
            wait(function(**row))

    def run_classes(self):
        unittest = sys.modules.get("unittest")
        case = getattr(unittest, "TestCase", None)
        for name, node in self.names.definitions.items():
            cls = self.space.get(name)
            if not isinstance(cls, type) or type(node).__name__ != "ClassDef":
                continue
            if case and issubclass(cls, case):
                self.run_case(unittest, cls)
            elif name.startswith("Test") and not self.names.called_elsewhere(name):
                self.run_plain_class(cls)

    def run_case(self, unittest, cls):
        failures = []

        class Result(unittest.TestResult):
            def addFailure(self, test, error):
                failures.append(("wrong", error[1]))
                self.stop()

            def addError(self, test, error):
                failures.append(("error", error[1]))
                self.stop()

            def addSubTest(self, test, subtest, error):
                if error is not None:
                    wrong = issubclass(error[0], AssertionError)
                    failures.append(("wrong" if wrong else "error", error[1]))
                    self.stop()

            def addUnexpectedSuccess(self, test):
                failures.append(("wrong", "a test that is to fail holds"))
                self.stop()

        unittest.defaultTestLoader.loadTestsFromTestCase(cls).run(Result())
        for how, error in failures:
            if isinstance(error, self.channel.unsendable):
                raise error
            raise Stop(how, error)

    def run_plain_class(self, cls):
        for name in [name for name in dir(cls) if name.startswith("test")]:
            instance = cls()
            for before in ("setup_method", "setUp"):
                if hasattr(instance, before):
                    getattr(instance, before)()
            wait(getattr(instance, name)())

    def run_docstrings(self):
        texts = list(self.names.docstrings)
        if self.session:
            texts.append(("tests", self.session, 0))
        for name, text, line in texts:
            import doctest

            test = doctest.DocTestParser().get_doctest(text, self.space, name, "tests.py", line)
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            said = []
            runner = doctest.DocTestRunner(verbose=False, optionflags=flags)
            if runner.run(test, out=said.append).failed:
                raise Stop("wrong", "".join(said).strip().splitlines()[-1])


def checked(row):
    """A name that the program defines, if it may be one: it is the program that says so."""
    name, module, called, own = row
    if type(name) is not str or name.startswith("__") or not name.isidentifier():
        return None
    return name, module is True, called is True, own is True


class Program:
    """The program as a module."""

    def __init__(self, channel, defined, hidden):
        object.__setattr__(self, "_rows", ({row[0] for row in defined}, channel, {}))
        object.__setattr__(self, "_hidden", hidden)
        object.__setattr__(self, "__name__", "program")

    def __getattr__(self, name):
        defined, channel, known = object.__getattribute__(self, "_rows")
        if name == "__all__":
            hidden = object.__getattribute__(self, "_hidden")
            return [name for name in defined if not name.startswith("_") and name not in hidden]
        if name not in defined:
            raise AttributeError("the program defines no " + name)
        if name not in known:
            known[name] = channel.named(name, channel.ask("global", name))
        return known[name]

    def __setattr__(self, name, value):
        raise TypeError("tests cannot change the program's names")


def parameters(mark):
    names, values = mark.args[0], mark.args[1]
    names = [part.strip() for part in names.split(",")] if isinstance(names, str) else list(names)
    for value in values:
        value = getattr(value, "values", value) if type(value).__name__ == "ParameterSet" else value
        yield dict(zip(names, value if len(names) > 1 else [value]))


def wait(result):
    if hasattr(result, "__await__"):
        import asyncio

        async def whole():
            return await result

        asyncio.run(whole())
