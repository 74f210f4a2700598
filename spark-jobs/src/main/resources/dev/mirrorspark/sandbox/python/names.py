# What names in the tests mean: their own, the language's, or the program's. A program must not
# replace what the tests check with (abs, isclose, math), but may be asked for a function of a
# builtin's name.
import sys

BUILTINS = vars(sys.modules["builtins"])
TREE_ONLY = 0x400

# What tests use unimported where their program's prompt imports it.
CHECKING = {
    "math": "isclose sqrt fabs floor ceil pi inf nan",
    "copy": "deepcopy",
    "collections": "Counter OrderedDict defaultdict deque namedtuple",
    "functools": "reduce",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "datetime": "datetime date timedelta",
    "typing": "Any Callable Dict FrozenSet Generator Iterable Iterator List Mapping Optional"
    " Sequence Set Tuple Type Union",
}
CHECKERS = {name: module for module, names in CHECKING.items() for name in names.split()}
ALIASES = {"np": "numpy", "pd": "pandas"}
# Builtins that a problem may ask for a function of the name of.
ASKED_FOR = set(
    "abs all any bin chr divmod enumerate filter format hash hex len map max min oct ord pow range"
    " reversed round sorted sum zip".split()
)
# What tests may patch, since the program asks the tests' side for it.
PATCHED = ("sys.stdin", "sys.stdout", "builtins.input")
# The module that tests may call the program's.
PROGRAM = ("program", "solution", "main", "submission", "candidate")


def children(node):
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            for item in value:
                if hasattr(item, "_fields"):
                    yield item
        elif hasattr(value, "_fields"):
            yield value


def kind(node):
    return type(node).__name__


def checked_lines(node):
    name = getattr(getattr(node, "func", None), "attr", "")
    refuses = kind(node) == "Assert" and getattr(node.test, "value", None) is False
    if kind(node) == "Assert" and not refuses or name.startswith("assert"):
        yield node.lineno
    for child in children(node):
        yield from checked_lines(child)


DEFINITIONS = ("FunctionDef", "AsyncFunctionDef", "ClassDef")
FUNCTIONS = ("FunctionDef", "AsyncFunctionDef")


class Names:
    """What tests define, use, call and import."""

    def __init__(self, tree):
        self.loaded, self.stored, self.called, self.based = {}, set(), set(), set()
        self.imports, self.docstrings, self.definitions = [], [], {}
        self.calls = []
        self.patches = []
        self.contexts = []  # first line, last line, lines of the assertions in between
        self.walk(tree, False, None)

    def walk(self, node, guarded, inside):
        what = kind(node)
        if what == "Name":
            if kind(node.ctx) == "Load":
                self.loaded.setdefault(node.id, set()).add(inside)
            else:
                self.stored.add(node.id)
        elif what == "arg":
            self.stored.add(node.arg)
        elif what in ("Import", "ImportFrom"):
            self.take_import(node, guarded)
        elif what == "ExceptHandler" and node.name:
            self.stored.add(node.name)
        elif what == "Call":
            self.calls.append(node)
            self.take_patch(node)
            if kind(node.func) == "Name":
                self.called.add(node.func.id)
        elif what == "Attribute" and kind(node.value) == "Name":
            self.based.add(node.value.id)
        if what in DEFINITIONS or what == "Module":
            self.take_docstring(node)
        if what in DEFINITIONS:
            self.stored.add(node.name)
            if inside is None:
                self.definitions[node.name] = node
            inside = inside or node.name
        elif what in ("With", "AsyncWith"):
            checks = [line for one in node.body for line in checked_lines(one)]
            self.contexts.append((node.body[0].lineno, node.end_lineno, checks))
        if what in ("Try", "TryStar", "If"):
            guarded = True
        for child in children(node):
            self.walk(child, guarded, inside)

    def take_import(self, node, guarded):
        if kind(node) == "Import":
            for alias in node.names:
                self.stored.add((alias.asname or alias.name).split(".")[0])
                self.imports.append((alias.name, guarded, []))
        else:
            self.stored.update(alias.asname or alias.name for alias in node.names)
            if not node.level:
                self.imports.append((node.module, guarded, [alias.name for alias in node.names]))

    def take_patch(self, call):
        func = call.func
        whole = kind(func) == "Attribute" and func.attr in ("object", "dict", "multiple")
        named = func.value if whole else func
        if (getattr(named, "attr", None) or getattr(named, "id", None)) != "patch":
            return
        target = call.args[0] if call.args else None
        value = target.value if kind(target) == "Constant" else "an object"
        if whole or value not in PATCHED:
            self.patches.append("an object" if whole else str(value))

    def take_docstring(self, node):
        first = node.body[0] if node.body else None
        if first is not None and kind(first) == "Expr" and kind(first.value) == "Constant":
            if isinstance(first.value.value, str) and ">>>" in first.value.value:
                name = getattr(node, "name", "tests")
                self.docstrings.append((name, first.value.value, first.lineno))

    @property
    def free(self):
        return set(self.loaded) - self.stored

    def called_elsewhere(self, name):
        """Whether the tests use what they define under this name."""
        return bool(self.loaded.get(name, set()) - {name})

    def innermost(self, candidates):
        """Names of candidates that are called and whose arguments call no other of them."""
        found = set()
        for call in self.calls:
            name = call.func.id if kind(call.func) == "Name" else None
            if name in candidates:
                arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
                if not any(self.calls_one(argument, candidates) for argument in arguments):
                    found.add(name)
        return found

    def calls_one(self, node, candidates):
        if kind(node) == "Call" and kind(node.func) == "Name" and node.func.id in candidates:
            return True
        return any(self.calls_one(child, candidates) for child in children(node))


def left_open(tree):
    """Functions and classes of a prompt that the program is to fill in."""

    def is_open(node):
        if kind(node) == "ClassDef":
            return not node.body or any(is_open(one) for one in node.body if is_definition(one))
        return all(
            kind(one) in ("Pass", "Raise")
            or (kind(one) == "Expr" and kind(one.value) == "Constant")
            for one in node.body
        )

    def is_definition(node):
        return kind(node) in DEFINITIONS

    return {node.name for node in tree.body if is_definition(node) and is_open(node)}


def tested(names, entry):
    """
    A name of a builtin or a checker that means the program's function: the tests call no other of
    the program's, and this one innermost.
    """
    free = names.free
    modules = {name for name in free if stands_for_module(name, names)}
    others = {name for name in free if name not in BUILTINS and name not in CHECKERS} - modules
    imported = any(module.split(".")[0] in PROGRAM for module, _, _ in names.imports)
    if entry or others or imported or "check" in names.definitions:
        return set()
    found = names.innermost({name for name in free if name in ASKED_FOR or name in CHECKERS})
    return found if len(found) == 1 else set()


def of_judge(names, entry):
    """Free names that the tests' side gives whatever the program defines, with their values."""
    given = {}
    for name in names.free - {entry} - tested(names, entry):
        if name in CHECKERS:
            module = CHECKERS[name]
            if module != "typing" or name not in names.called:
                given[name] = getattr(__import__(module), name)
        elif stands_for_module(name, names):
            try:
                given[name] = __import__(ALIASES.get(name, name))
            except ImportError:
                pass
    return given


def stands_for_module(name, names):
    known = name in getattr(sys, "stdlib_module_names", ()) or name in ALIASES
    return known and name in names.based and name not in names.called
