# Operations that both sides know by name.
import _operator as operator

# one operand, or operands that tell nothing of what is expected
ASKED = {
    "len": len,
    "iter": iter,
    "next": next,
    "reversed": reversed,
    "str": str,
    "repr": repr,
    "format": format,
    "bytes": bytes,
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
    "index": operator.index,
    "hash": hash,
    "abs": abs,
    "neg": operator.neg,
    "pos": operator.pos,
    "invert": operator.invert,
    "round": round,
    "trunc": lambda a: type(a).__trunc__(a),
    "floor": lambda a: type(a).__floor__(a),
    "ceil": lambda a: type(a).__ceil__(a),
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "enter": lambda a: type(a).__enter__(a),
    "exit": lambda a, *e: type(a).__exit__(a, *e),
    "fspath": lambda a: type(a).__fspath__(a),
    "aiter": lambda a: type(a).__aiter__(a),
}
# what gives a coroutine
AWAITED = {
    "aenter": lambda a: type(a).__aenter__(a),
    "aexit": lambda a, *e: type(a).__aexit__(a, *e),
    "anext": lambda a: type(a).__anext__(a),
}
COMPARED = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
COMBINED = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "matmul": operator.matmul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "divmod": divmod,
    "pow": pow,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
}
IN_PLACE = {
    "iadd": operator.iadd,
    "isub": operator.isub,
    "imul": operator.imul,
    "itruediv": operator.itruediv,
    "ior": operator.ior,
    "iand": operator.iand,
}
CONTAINS = {"contains": operator.contains}
SENT = {"send": lambda a, value: a.send(value)}
OPERATIONS = {**ASKED, **AWAITED, **SENT, **COMPARED, **COMBINED, **IN_PLACE, **CONTAINS}
